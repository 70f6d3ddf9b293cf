import type { AccessRequest } from '../domain/access-request.ts'
import { sayDuration } from './duration.ts'
import { sayReveal, sayRule } from './say-rule.ts'

/** What is asked for, in one line: the operation that waits, or the rules and reveals. */
export function sayAsk({ spec: { operation, rules = [], reveal = [] } }: AccessRequest): string {
  if (operation !== undefined) return operation.summary ?? `${operation.method} ${operation.path}`
  return [...rules.map(sayRule), ...reveal.map(sayReveal)].join('; ')
}

/** `10m, 1 use`. A request that came from the server has a duration; without a limit of uses time alone ends the grant. */
export function sayLimits({
  durationSeconds,
  maxUses,
}: {
  readonly durationSeconds?: number | undefined
  readonly maxUses?: number | undefined
}): string {
  const time = durationSeconds === undefined ? 'as long as the policy says' : sayDuration(durationSeconds)
  if (maxUses === undefined) return `${time}, any number of uses`
  return `${time}, ${maxUses} ${maxUses === 1 ? 'use' : 'uses'}`
}

const since = (time: string | undefined, nowMs: number): number => (nowMs - Date.parse(time ?? '')) / 1000

/** `12s`: how long ago; `?` for a time that cannot be read. */
export function sayAge(time: string | undefined, nowMs: number): string {
  const seconds = since(time, nowMs)
  return Number.isNaN(seconds) ? '?' : sayDuration(seconds)
}

/** `14m`: how long until. */
export function sayLeft(time: string | undefined, nowMs: number): string {
  const seconds = -since(time, nowMs)
  return Number.isNaN(seconds) ? '?' : sayDuration(Math.ceil(seconds))
}
