import { Environment, type ASTNode } from '@marcbachmann/cel-js'
import type { ConditionEvaluator, ConditionInput, ObjectVariable } from '../../domain/condition-evaluator.ts'
import type { FieldType } from '../../domain/field-type.ts'
import { isNode, missingFields } from './cel-fields.ts'
import { createMeter, MAX_CONDITION_COST, type Budget } from './cel-budget.ts'
import { linearPattern, linearPatternProblem } from './linear-pattern.ts'

type Compiled = ((variables: { readonly [name: string]: unknown }) => unknown) & { readonly ast: ASTNode }

/** Stands for `matches`, whose own implementation an agent's text can keep busy for years. */
const LINEAR = 'matchesInLinearTime'

const texts = (...names: readonly string[]): { [name: string]: string } => Object.fromEntries(names.map((name) => [name, 'string']))

/** What a condition may name. `object` and `oldObject` are null where nobody has them; `has()` tells. */
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

/** The same with the type of each field, so that a name that is none of them is found. What runs above needs no copies of the variables. */
const typed = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable({
    name: 'request',
    schema: { ...texts('verb', 'group', 'version', 'resource', 'subresource', 'namespace', 'name', 'path'), dryRun: 'bool' },
  })
  .registerVariable({ name: 'user', schema: { username: 'string', groups: 'list<string>' } })
  .registerVariable('object', 'dyn')
  .registerVariable('oldObject', 'dyn')

/** How many compiled conditions are kept: policies hold a few hundred at the most. */
const CACHE_SIZE = 1024

type Matching = { readonly receiver: ASTNode; readonly pattern: ASTNode }

/** Every call of `matches` in it. */
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

/** The condition with another function for each `matches`, told by where it stands. @throws Error when one is left */
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
  if (matchings(rewritten.ast).length > 0) throw new SyntaxError('matches cannot be told from the text around it')
  return rewritten
}

const firstLine = (message: string): string => (message.split('\n')[0] ?? '').replaceAll(LINEAR, 'matches')

/** What is wrong with a CEL condition; undefined when it can be used. A condition that can be no boolean is wrong. */
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

/** The fields that a condition reads of its objects and that none of these types has. @throws Error when the condition cannot be read */
export const conditionFields = (condition: string, types: readonly FieldType[]): readonly string[] =>
  missingFields(environment.parse(condition).ast, types)

/** Which of the conditions of one decision took the most steps. */
type Spent = Budget & { most?: { readonly condition: string; readonly steps: number } }

/** Gives the one that has taken the most by now. */
function spend(budget: Spent, by: { readonly condition: string; readonly steps: number }): string {
  if (budget.most === undefined || by.steps > budget.most.steps) budget.most = by
  return budget.most.condition
}

/** To a name without a value an expression is an error, unless its value is the same whatever the name stands for. */
function variablesOf({ request, user, object, oldObject, unknown = [] }: ConditionInput): { readonly [name: string]: unknown } {
  const objects: Readonly<Record<ObjectVariable, unknown>> = { object: object ?? null, oldObject: oldObject ?? null }
  return { request, user, ...Object.fromEntries(Object.entries(objects).filter(([name]) => !unknown.includes(name as ObjectVariable))) }
}

/**
 * Evaluates conditions and keeps what it compiled.
 * @param tooExpensive told of the condition that took the most, when a decision has used up its steps. Optional. Defaults to nobody
 */
export function createConditionEvaluator(tooExpensive: (condition: string) => void = () => {}): ConditionEvaluator {
  const compiled = new Map<string, Compiled>()
  const compile = (condition: string): Compiled => {
    const known = compiled.get(condition)
    if (known !== undefined) return known
    const fresh = parse(condition) as Compiled
    if (compiled.size >= CACHE_SIZE) compiled.clear()
    compiled.set(condition, fresh)
    return fresh
  }
  // The conditions of one decision are given the same input, and share its budget.
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
    if (typeof result !== 'boolean') throw new TypeError('the condition gave no boolean')
    return result
  }
}
