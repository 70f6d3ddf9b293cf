import { Environment } from '@marcbachmann/cel-js'
import type { ConditionEvaluator } from '../domain/condition-evaluator.ts'

type Compiled = (variables: { readonly [name: string]: unknown }) => unknown

/** What a condition may name. `object` and `oldObject` are null where nobody has them; `has()` tells. */
const environment = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable('request', 'map')
  .registerVariable('user', 'map')
  .registerVariable('object', 'dyn')
  .registerVariable('oldObject', 'dyn')

/** How many compiled conditions are kept: policies hold a few hundred at the most. */
const CACHE_SIZE = 1024

/** What is wrong with a CEL condition; undefined when it can be used. A condition that can be no boolean is wrong. */
export function conditionProblem(condition: string): string | undefined {
  try {
    const checked = environment.parse(condition).check()
    if (!checked.valid) return (checked.error?.message ?? 'does not type-check').split('\n')[0]
    return checked.type === 'bool' || checked.type === 'dyn' ? undefined : `gives ${checked.type ?? 'nothing'}, not a boolean`
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : 'cannot be read'
  }
}

/** Evaluates conditions and keeps what it compiled. */
export function createConditionEvaluator(): ConditionEvaluator {
  const compiled = new Map<string, Compiled>()
  const compile = (condition: string): Compiled => {
    const known = compiled.get(condition)
    if (known !== undefined) return known
    const fresh = environment.parse(condition) as Compiled
    if (compiled.size >= CACHE_SIZE) compiled.clear()
    compiled.set(condition, fresh)
    return fresh
  }
  return (condition, { request, user, object, oldObject }) => {
    const result = compile(condition)({ request, user, object: object ?? null, oldObject: oldObject ?? null })
    if (typeof result !== 'boolean') throw new TypeError('the condition gave no boolean')
    return result
  }
}
