import { Environment } from '@marcbachmann/cel-js'
import type { ConditionEvaluator, ConditionInput, ObjectVariable } from '../../domain/condition-evaluator.ts'
import type { FieldType } from '../../domain/field-type.ts'
import { missingFields } from './cel-fields.ts'
import { MAX_CONDITION_COST, type CelBudget } from './cel-budget.ts'
import { createLanguage } from './cel-language.ts'

const texts = (...names: readonly string[]): { [name: string]: string } => Object.fromEntries(names.map((name) => [name, 'string']))

/** Variables of a condition. `object` and `oldObject` are null when absent; `has()` detects that. */
const untyped = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable('request', 'map')
  .registerVariable('user', 'map')
  .registerVariable('object', 'dyn')
  .registerVariable('oldObject', 'dyn')

const typed = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable({
    name: 'request',
    schema: { ...texts('verb', 'group', 'version', 'resource', 'subresource', 'namespace', 'name', 'path'), dryRun: 'bool' },
  })
  .registerVariable({ name: 'user', schema: { username: 'string', groups: 'list<string>' } })
  .registerVariable('object', 'dyn')
  .registerVariable('oldObject', 'dyn')

const language = createLanguage(untyped, typed)

/** Validation message for a CEL condition. Undefined when it is valid. A condition that cannot be a boolean is invalid. */
export const conditionProblem = (condition: string): string | undefined => language.problem(condition)

/** The fields that a condition reads from its objects and that none of the types has. @throws Error when the condition cannot be parsed */
export const conditionFields = (condition: string, types: readonly FieldType[]): readonly string[] => missingFields(language.ast(condition), types)

/** The most expensive condition of one decision. */
type Spent = CelBudget & { most?: { readonly condition: string; readonly steps: number } }

/** Returns the most expensive condition so far. */
function spend(budget: Spent, by: { readonly condition: string; readonly steps: number }): string {
  if (budget.most === undefined || by.steps > budget.most.steps) budget.most = by
  return budget.most.condition
}

/** Omits unknown objects: an expression over a missing variable is an error, unless its result does not depend on the variable. */
function variablesOf({ request, user, object, oldObject, unknown = [] }: ConditionInput): { readonly [name: string]: unknown } {
  const objects: Readonly<Record<ObjectVariable, unknown>> = { object: object ?? null, oldObject: oldObject ?? null }
  return { request, user, ...Object.fromEntries(Object.entries(objects).filter(([name]) => !unknown.includes(name as ObjectVariable))) }
}

/**
 * Creates an evaluator. Compiled conditions are cached for all evaluators.
 * @param tooExpensive called with the most expensive condition when a decision has used up its steps. Optional. Defaults to no callback
 */
export function createConditionEvaluator(tooExpensive: (condition: string) => void = () => {}): ConditionEvaluator {
  // The conditions of one decision receive the same input object and share a budget.
  const budgets = new WeakMap<ConditionInput, Spent>()
  return (condition, input) => {
    const budget: Spent = budgets.get(input) ?? { left: MAX_CONDITION_COST }
    budgets.set(input, budget)
    const before = budget.left
    try {
      return language.evaluate(condition, variablesOf(input), budget)
    } finally {
      const most = spend(budget, { condition, steps: before - budget.left })
      if (before >= 0 && budget.left < 0) tooExpensive(most)
    }
  }
}
