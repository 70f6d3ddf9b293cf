import { Environment } from '@marcbachmann/cel-js'
import type { AutoApproveInput } from '../../domain/api/approvals/auto-approve-input.ts'
import { MAX_CONDITION_COST, type CelBudget } from './cel-budget.ts'
import { createLanguage } from './cel-language.ts'

const TIMESTAMP = 'google.protobuf.Timestamp'

/** Variables of a rule that approves in place of the approvers. `operation` is null for a request that is not bound to one. */
const untyped = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable('request', 'map')
  .registerVariable('rules', 'list')
  .registerVariable('operation', 'dyn')
  .registerVariable('risk', 'string')
  .registerVariable('requester', 'map')
  .registerVariable('agent', 'map')
  .registerVariable('now', TIMESTAMP)
  .registerVariable('history', 'map')

const texts = (...names: readonly string[]): { [name: string]: string } => Object.fromEntries(names.map((name) => [name, 'string']))
const lists = (...names: readonly string[]): { [name: string]: string } => Object.fromEntries(names.map((name) => [name, 'list<string>']))

const typed = new Environment({ unlistedVariablesAreDyn: false })
  .registerType({ name: 'AccessRule', schema: lists('verbs', 'apiGroups', 'resources', 'namespaces', 'resourceNames', 'gains') })
  .registerVariable({ name: 'request', schema: { ...texts('reason', 'ticket', 'cluster'), durationSeconds: 'int', maxUses: 'dyn' } })
  .registerVariable('rules', 'list<AccessRule>')
  .registerVariable('operation', 'dyn')
  .registerVariable('risk', 'string')
  .registerVariable({ name: 'requester', schema: { username: 'string', groups: 'list<string>', extra: 'map<string, list<string>>' } })
  .registerVariable({ name: 'agent', schema: texts('name', 'model', 'session', 'task') })
  .registerVariable('now', TIMESTAMP)
  .registerVariable({ name: 'history', schema: { approvedLastHour: 'int', deniedLastDay: 'int' } })

const language = createLanguage(untyped, typed)

/** Validation message for the condition of a rule. Undefined when it is valid. */
export const autoApproveProblem = (condition: string): string | undefined => language.problem(condition)

/** Integers of CEL. Other numbers are doubles to it. */
const integers = (counts: { readonly [name: string]: number | null }): { readonly [name: string]: bigint | null } =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count === null ? null : BigInt(count)]))

function variablesOf({ request, nowMs, history, ...others }: AutoApproveInput): { readonly [name: string]: unknown } {
  const { durationSeconds, maxUses, ...words } = request
  return { ...others, request: { ...words, ...integers({ durationSeconds, maxUses }) }, now: new Date(nowMs), history: integers(history) }
}

/** Evaluates the conditions of one request. @throws Error when one cannot be evaluated; TooExpensiveError when all of them together take too long */
export function createAutoApproveEvaluator(): (condition: string, input: AutoApproveInput) => boolean {
  const budget: CelBudget = { left: MAX_CONDITION_COST }
  return (condition, input) => language.evaluate(condition, variablesOf(input), budget)
}
