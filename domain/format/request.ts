import type { AccessRequest } from '../api/access-request.ts'
import { formatDuration } from './duration.ts'
import { formatReveal, formatRule } from './rule.ts'

type Asked = Pick<AccessRequest['spec'], 'operation' | 'rules' | 'reveal' | 'extends'>

/** The requested access in one line: the held operation, or the rules and reveals, after the grant that is extended. */
export function formatAsk({ spec: { operation, rules = [], reveal = [], extends: grant } }: { readonly spec: Asked }): string {
  if (operation !== undefined) return operation.summary ?? `${operation.method} ${operation.path}`
  const gives = [...rules.map(formatRule), ...reveal.map(formatReveal)].join('; ')
  return grant === undefined ? gives : `extend ${grant}: ${gives}`
}

/** Formats limits as `10m, 1 use`. A request read from the server always has a duration; without a use limit only time ends the grant. */
export function formatLimits({
  durationSeconds,
  maxUses,
}: {
  readonly durationSeconds?: number | undefined
  readonly maxUses?: number | undefined
}): string {
  const time = durationSeconds === undefined ? 'duration set by the policy' : formatDuration(durationSeconds)
  if (maxUses === undefined) return `${time}, any number of uses`
  return `${time}, ${maxUses} ${maxUses === 1 ? 'use' : 'uses'}`
}

/** What the approval of an extension gives. */
export const formatExtension = ({ extends: grant = '', durationSeconds = 0 }: AccessRequest['spec']): string =>
  `grant ${grant} ends ${formatDuration(durationSeconds)} after the approval; what it gives, and its uses, stay`

const since = (time: string | undefined, nowMs: number): number => (nowMs - Date.parse(time ?? '')) / 1000

/** Time since, as `12s`; `?` for a time that cannot be parsed. */
export function formatAge(time: string | undefined, nowMs: number): string {
  const seconds = since(time, nowMs)
  return Number.isNaN(seconds) ? '?' : formatDuration(seconds)
}

/** Time until, as `14m`; `?` for a time that cannot be parsed. */
export function formatLeft(time: string | undefined, nowMs: number): string {
  const seconds = -since(time, nowMs)
  return Number.isNaN(seconds) ? '?' : formatDuration(Math.ceil(seconds))
}
