import { conditionOf } from '../../domain/api/conditions.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import { hideTokens } from '../../domain/mask/hide-tokens.ts'
import type { EventOf } from '../../domain/record/events.ts'
import type { Held, HoldOutcome } from '../ports.ts'
import { denialOf } from './hold-errors.ts'

/** Limit of reviewers in one record. */
const MAX_REVIEWERS = 64

/** Each reviewer once, and without approvals that did not count at the latest decision. */
function reviewersOf(request: AccessRequest | undefined, wanted: 'Approved' | 'Denied'): readonly string[] | undefined {
  const counting = (request?.status?.reviews ?? []).filter(({ decision, lapsed }) => decision === wanted && lapsed !== true)
  const names = [...new Set(counting.map(({ reviewer }) => reviewer.username))]
  return names.length === 0 ? undefined : names.slice(0, MAX_REVIEWERS)
}

function whyOf({ phase, request }: HoldOutcome): string | undefined {
  const why =
    phase === 'Denied' ? denialOf(request).why : phase === 'Approved' ? conditionOf(request?.status?.conditions, 'Approved')?.message : undefined
  return why === undefined ? undefined : hideTokens(why)
}

const about = ({ asked: { auditID, caller } }: Held, name: string) => ({ auditID, session: caller.session, request: name })

/** The record of an operation that begins to wait for the AccessRequest of this name. */
export const filedEvent = (held: Held, name: string): EventOf<'hold.filed'> => ({
  event: 'hold.filed',
  ...about(held, name),
  digest: held.digest,
  timeoutSeconds: Math.round(held.timeoutMs / 1000),
})

/** The record of the outcome of a wait and its reviewers. */
export function decidedEvent(held: Held, outcome: HoldOutcome, waitedMs: number): EventOf<'hold.decided'> {
  const { phase, name, request } = outcome
  return {
    event: 'hold.decided',
    ...about(held, name),
    decision: phase,
    grant: phase === 'Approved' ? request?.status?.grantName : undefined,
    approvedBy: reviewersOf(request, 'Approved'),
    deniedBy: reviewersOf(request, 'Denied'),
    required: request?.status?.requiredApprovals,
    message: whyOf(outcome),
    waitedMs: Math.max(0, waitedMs),
  }
}
