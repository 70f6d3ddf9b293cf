import type { Environment } from '@marcbachmann/cel-js'
import { TooExpensiveError } from '../../domain/condition-evaluator.ts'

/**
 * Maximum cost of all conditions for one request, in steps: one for each evaluated part of an expression, and more for operations whose time depends
 * on the size of a value. Takes tens of milliseconds; a condition over a few hundred containers takes a few thousand steps.
 */
export const MAX_CONDITION_COST = 200_000

/** Cost of an error: it has a stack trace and a copy of the source, and `exists` and `all` continue after each error. */
const ERROR_COST = 100
const CHARACTERS_PER_STEP = 10
/** Cost of a time: what reads it in a time zone makes a formatter, which takes tens of microseconds. */
const TIME_COST = 500

export type CelBudget = { left: number }

type Node = { readonly op: string; readonly meta: { readonly alternate?: unknown; readonly macro?: unknown }; evaluate(...args: unknown[]): unknown }
/** The part of cel-js's evaluator that every step uses. It is not a public interface: {@link createMeter} tests it at startup. */
type Evaluator = {
  run(node: Node, context: unknown): unknown
  tryEval(node: Node, context: unknown): unknown
  debugType(value: unknown): CelType
  debugTypeDeep(value: unknown): CelType
  readonly registry: { getListType(item: CelType): CelType; getMapType(key: CelType, item: CelType): CelType }
}
type CelType = { readonly kind: string }

const DEEP: ReadonlySet<string> = new Set(['==', '!=', 'in'])
const SHALLOW: ReadonlySet<string> = new Set(['+', '<', '<=', '>', '>=', 'call', 'rcall'])
/** Levels of a value that its type names. cel-js keeps every type that it has named, and an agent can nest a value in any number of ways. */
const NAMED_LEVELS = 3

function shallowCost(value: unknown): number {
  if (typeof value === 'string') return value.length / CHARACTERS_PER_STEP
  if (Array.isArray(value)) return value.length
  if (value instanceof Uint8Array) return value.length / CHARACTERS_PER_STEP
  if (value instanceof Date) return TIME_COST
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype ? Object.keys(value).length : 0
}

/** Cost to list the keys of a map: a loop over it does so first, even if it ends at the first key. */
const keysCost = (value: unknown): number => (typeof value === 'object' && !Array.isArray(value) ? shallowCost(value) : 0)

/** Maximum steps to compare a value with another. Stops when it exceeds the limit. */
function deepCost(value: unknown, limit: number): number {
  let cost = 0
  const left: unknown[] = [value]
  while (left.length > 0 && cost <= limit) {
    const next = left.pop()
    cost += 1 + shallowCost(next)
    if (cost > limit) break
    if (typeof next === 'object' && next !== null && !(next instanceof Uint8Array)) for (const part of Object.values(next)) left.push(part)
  }
  return cost
}

export type Meter = {
  /** Evaluates within a budget. @throws TooExpensiveError when it is used up, even if the expression handles errors */
  within<T>(budget: CelBudget, root: unknown, evaluate: () => T): T
  /** Deducts steps for the work of a function. */
  charge(steps: number): void
}

/**
 * Counts the steps of an environment's evaluations. cel-js limits the text of an expression but not its evaluation, so each step of its evaluator is
 * counted here. @throws Error when the library no longer uses the counted functions
 */
export function createMeter(environment: Environment): Meter {
  let budget: CelBudget | undefined
  let parent: Node | undefined

  const charge = (steps: number): void => {
    if (budget === undefined) return
    budget.left -= steps
    if (budget.left < 0) throw new TooExpensiveError(MAX_CONDITION_COST)
  }
  const chargeOperand = (value: unknown): void => {
    if (budget === undefined || parent === undefined || parent.meta.macro !== undefined) return
    // A loop: its operand is what it iterates over.
    if (parent.meta.alternate !== undefined) charge(keysCost(value))
    else if (DEEP.has(parent.op)) charge(deepCost(value, budget.left))
    else if (SHALLOW.has(parent.op)) charge(shallowCost(value))
  }
  /** The type of a value, which operators ask for, if only to name it in an error. It is the type of the first elements, and lists the keys of each map. */
  const typeOf = (evaluator: Evaluator, value: unknown, levels: number): CelType => {
    const { registry } = evaluator
    const type = evaluator.debugType(value)
    if (levels === 0) return type
    if (Array.isArray(value) && value.length > 0) return registry.getListType(typeOf(evaluator, value[0], levels - 1))
    if (type.kind !== 'map') return type
    charge(keysCost(value))
    const fields = value as { readonly [key: string]: unknown }
    const [key] = Object.keys(fields)
    return key === undefined ? type : registry.getMapType(evaluator.debugType(key), typeOf(evaluator, fields[key], levels - 1))
  }
  const count = (evaluator: Evaluator): void => {
    evaluator.run = (node, context) => {
      charge(1)
      const outer = parent
      parent = node
      let value: unknown
      try {
        value = node.evaluate(evaluator, node, context)
      } finally {
        parent = outer
      }
      chargeOperand(value)
      return value
    }
    evaluator.tryEval = (node, context) => {
      try {
        return evaluator.run(node, context)
      } catch (error) {
        if (error instanceof TooExpensiveError) throw error
        charge(ERROR_COST)
        return error
      }
    }
    if (typeof evaluator.debugTypeDeep !== 'function') throw new Error('the types of values cannot be bounded: cel-js has changed its evaluator')
    evaluator.debugTypeDeep = (value) => typeOf(evaluator, value, NAMED_LEVELS)
  }

  // cel-js calls a function with its evaluator as `this`; each environment has one evaluator.
  environment.registerFunction('countTheSteps(): bool', function (this: Evaluator) {
    count(this)
    return true
  })
  environment.evaluate('countTheSteps()')
  const meter: Meter = {
    charge,
    within: (given, root, evaluate) => {
      const [outerBudget, outerParent] = [budget, parent]
      budget = given
      parent = root as Node
      try {
        return evaluate()
      } finally {
        budget = outerBudget
        parent = outerParent
      }
    },
  }

  const trial: CelBudget = { left: 1000 }
  const parsed = environment.parse('[1, 2, 3].all(a, [1, 2, 3].all(b, a > 0 && b > 0))')
  meter.within(trial, parsed.ast, () => void parsed())
  if (trial.left > 950) throw new Error('the steps of conditions cannot be counted: cel-js has changed its evaluator')
  return meter
}
