import type { AccessRequest } from '../../domain/api/access-request.ts'
import { formatDuration } from '../terminal/duration.ts'
import { formatReveal, formatRule } from './rule.ts'

/** What is asked for, in one line: the operation that waits, or the rules and reveals. */
export function formatAsk({ spec: { operation, rules = [], reveal = [] } }: AccessRequest): string {
  if (operation !== undefined) return operation.summary ?? `${operation.method} ${operation.path}`
  return [...rules.map(formatRule), ...reveal.map(formatReveal)].join('; ')
}

/** `10m, 1 use`. A request that came from the server has a duration; without a limit of uses time alone ends the grant. */
export function formatLimits({
  durationSeconds,
  maxUses,
}: {
  readonly durationSeconds?: number | undefined
  readonly maxUses?: number | undefined
}): string {
  const time = durationSeconds === undefined ? 'as long as the policy says' : formatDuration(durationSeconds)
  if (maxUses === undefined) return `${time}, any number of uses`
  return `${time}, ${maxUses} ${maxUses === 1 ? 'use' : 'uses'}`
}

const since = (time: string | undefined, nowMs: number): number => (nowMs - Date.parse(time ?? '')) / 1000

/** `12s`: how long ago; `?` for a time that cannot be read. */
export function formatAge(time: string | undefined, nowMs: number): string {
  const seconds = since(time, nowMs)
  return Number.isNaN(seconds) ? '?' : formatDuration(seconds)
}

/** `14m`: how long until. */
export function formatLeft(time: string | undefined, nowMs: number): string {
  const seconds = -since(time, nowMs)
  return Number.isNaN(seconds) ? '?' : formatDuration(Math.ceil(seconds))
}
