import { expiryOf, grantPhase, type AccessGrant } from '../../domain/api/access-grant.ts'
import { formatDuration } from '../../domain/format/duration.ts'
import { formatUses, grantEnd, revokedBy } from '../../domain/format/grant-end.ts'
import type { FoundGrant } from '../kubectl/read-grant.ts'
import { formatLeft } from '../../domain/format/request.ts'
import { shortName } from '../terminal/output-formats.ts'
import { oneLine } from '../terminal/untrusted.ts'

/** Who revoked it and why, safe for a terminal. Empty when an older server did not say. */
export const formatRevoked = (grant: AccessGrant): string => oneLine(revokedBy(grant))

/** How a grant ended, as a predicate ("was revoked by …"). Undefined while it is live, not yet valid or unknown. */
export function formatGrantEnd(grant: FoundGrant, nowMs: number): string | undefined {
  if (grant === undefined) return undefined
  if (grant === 'gone') return 'is gone: it was deleted, or ended long ago'
  const end = grantEnd(grant, nowMs)
  return end === undefined ? undefined : oneLine(end)
}

/** `, starts at TIME (in 2h)`; empty unless it is known that the grant has not started. */
export function formatGrantStart(grant: FoundGrant, nowMs: number): string {
  if (grant === undefined || grant === 'gone' || grantPhase(grant, nowMs) !== 'NotYetValid') return ''
  const { notBefore } = grant.spec
  if (Number.isNaN(Date.parse(notBefore))) return ''
  return `, starts at ${oneLine(notBefore)} (in ${formatLeft(notBefore, nowMs)})`
}

/** `, ends at TIME now (in 30m)`, for a grant that was extended; empty when it is not known. */
export function formatNewEnd(grant: FoundGrant, nowMs: number): string {
  if (grant === undefined || grant === 'gone') return ''
  return `, ends at ${oneLine(expiryOf(grant))} now (in ${formatLeft(expiryOf(grant), nowMs)})`
}

/** `accessgrant.jit.access/NAME ends at TIME (in 5m), 1 use`, or how it ended. */
export function formatGrant(grant: AccessGrant, nowMs: number): string {
  const end = formatGrantEnd(grant, nowMs)
  if (end !== undefined) return `${shortName(grant)} ${end}`
  const { maxUses, idleSeconds } = grant.spec
  const expiresAt = expiryOf(grant)
  const taken = grant.status?.uses ?? 0
  const uses =
    maxUses === undefined ? 'any number of uses' : `${taken > 0 ? `${maxUses - taken} of ` : ''}${formatUses(maxUses)}${taken > 0 ? ' left' : ''}`
  const start = formatGrantStart(grant, nowMs)
  return `${shortName(grant)}${start === '' ? '' : `${start},`} ends at ${oneLine(expiresAt)} (in ${formatLeft(expiresAt, nowMs)})${idleSeconds === undefined ? '' : ` or after ${formatDuration(idleSeconds)} without a use`}, ${uses}`
}
