import { Environment, type ASTNode } from '@marcbachmann/cel-js'
import { LRUCache } from 'lru-cache'
import type { ConditionEvaluator, ConditionInput, ObjectVariable } from '../../domain/condition-evaluator.ts'
import type { FieldType } from '../../domain/field-type.ts'
import { isNode, missingFields } from './cel-fields.ts'
import { createMeter, MAX_CONDITION_COST, type Budget } from './cel-budget.ts'
import { linearPattern, linearPatternProblem } from './linear-pattern.ts'

type Compiled = ((variables: { readonly [name: string]: unknown }) => unknown) & { readonly ast: ASTNode }

/** Replaces `matches`, whose built-in implementation the text of an agent could keep busy for years. */
const LINEAR = 'matchesInLinearTime'

const texts = (...names: readonly string[]): { [name: string]: string } => Object.fromEntries(names.map((name) => [name, 'string']))

/** Variables of a condition. `object` and `oldObject` are null when absent; `has()` detects that. */
const environment = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable('request', 'map')
  .registerVariable('user', 'map')
  .registerVariable('object', 'dyn')
  .registerVariable('oldObject', 'dyn')
  .registerFunction(`string.${LINEAR}(string): bool`, (text: string, pattern: string) => {
    meter.charge(text.length)
    return linearPattern(pattern)(text)
  })
const meter = createMeter(environment)

/**
 * The same variables with typed fields, so that unknown fields are detected. Evaluation uses the untyped environment above, which does not copy the
 * variables.
 */
const typed = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable({
    name: 'request',
    schema: { ...texts('verb', 'group', 'version', 'resource', 'subresource', 'namespace', 'name', 'path'), dryRun: 'bool' },
  })
  .registerVariable({ name: 'user', schema: { username: 'string', groups: 'list<string>' } })
  .registerVariable('object', 'dyn')
  .registerVariable('oldObject', 'dyn')

/** Maximum number of cached compiled conditions: policies contain a few hundred at most. */
const CACHE_SIZE = 1024

type Matching = { readonly receiver: ASTNode; readonly pattern: ASTNode }

/** All calls of `matches` in the expression. */
function matchings(at: unknown): readonly Matching[] {
  if (Array.isArray(at)) return at.flatMap(matchings)
  if (!isNode(at)) return []
  const inner = matchings(at.args)
  if (at.op !== 'rcall' && at.op !== 'call') return inner
  const [name, receiver, args] = at.args as readonly unknown[]
  if (name !== 'matches') return inner
  const [pattern] = Array.isArray(args) ? (args as readonly unknown[]) : []
  if (!isNode(receiver) || !isNode(pattern)) throw new SyntaxError('matches takes a text and a pattern')
  return [...inner, { receiver, pattern }]
}

/** Parses a condition with each `matches` replaced, found by its position. @throws Error when one cannot be replaced */
function parse(condition: string): ReturnType<Environment['parse']> {
  const parsed = environment.parse(condition)
  const found = matchings(parsed.ast)
  if (found.length === 0) return parsed
  for (const { pattern } of found) {
    const problem = pattern.op === 'value' && typeof pattern.args === 'string' ? linearPatternProblem(pattern.args) : undefined
    if (problem !== undefined) throw new SyntaxError(problem)
  }
  let text = condition
  for (const { receiver, pattern } of found.toSorted((a, b) => b.pattern.start - a.pattern.start)) {
    const at = text.lastIndexOf('matches', pattern.start)
    if (at < receiver.end) throw new SyntaxError('matches cannot be found')
    text = `${text.slice(0, at)}${LINEAR}${text.slice(at + 'matches'.length)}`
  }
  const rewritten = environment.parse(text)
  if (matchings(rewritten.ast).length > 0) throw new SyntaxError('matches cannot be distinguished from the text around it')
  return rewritten
}

const firstLine = (message: string): string => (message.split('\n')[0] ?? '').replaceAll(LINEAR, 'matches')

/** Validation message for a CEL condition. Undefined when it is valid. A condition that cannot be a boolean is invalid. */
export function conditionProblem(condition: string): string | undefined {
  try {
    parse(condition)
    const checked = typed.check(condition)
    if (!checked.valid) return firstLine(checked.error?.message ?? 'does not type-check')
    return checked.type === 'bool' || checked.type === 'dyn' ? undefined : `gives ${checked.type ?? 'nothing'}, not a boolean`
  } catch (error) {
    return error instanceof Error ? firstLine(error.message) : 'cannot be read'
  }
}

/** The fields that a condition reads from its objects and that none of the types has. @throws Error when the condition cannot be parsed */
export const conditionFields = (condition: string, types: readonly FieldType[]): readonly string[] =>
  missingFields(environment.parse(condition).ast, types)

/** The most expensive condition of one decision. */
type Spent = Budget & { most?: { readonly condition: string; readonly steps: number } }

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
 * Creates an evaluator with a cache of compiled conditions.
 * @param tooExpensive called with the most expensive condition when a decision has used up its steps. Optional. Defaults to no callback
 */
export function createConditionEvaluator(tooExpensive: (condition: string) => void = () => {}): ConditionEvaluator {
  const compiled = new LRUCache<string, Compiled>({ max: CACHE_SIZE })
  const compile = (condition: string): Compiled => {
    const known = compiled.get(condition)
    if (known !== undefined) return known
    const fresh = parse(condition) as Compiled
    compiled.set(condition, fresh)
    return fresh
  }
  // The conditions of one decision receive the same input object and share a budget.
  const budgets = new WeakMap<ConditionInput, Spent>()
  return (condition, input) => {
    const budget: Spent = budgets.get(input) ?? { left: MAX_CONDITION_COST }
    budgets.set(input, budget)
    const evaluated = compile(condition)
    const variables = variablesOf(input)
    const before = budget.left
    let result: unknown
    try {
      result = meter.within(budget, evaluated.ast, () => evaluated(variables))
    } finally {
      const most = spend(budget, { condition, steps: before - budget.left })
      if (before >= 0 && budget.left < 0) tooExpensive(most)
    }
    if (typeof result !== 'boolean') throw new TypeError('the condition did not return a boolean')
    return result
  }
}
