import { grantEndMs, grantPhase, type AccessGrant } from '../api/access-grant.ts'
import { requestPhase, type AccessRequest } from '../api/access-request.ts'
import type { BreakGlassReview } from '../api/break-glass/review.ts'
import { conditionOf } from '../api/conditions.ts'
import { grantEnd } from '../format/grant-end.ts'
import { formatAsk, formatLimits } from '../format/request.ts'

/**
 * What became of a request or grant of a session, as its object at jit-apiserver says it. It is not a record: no hash chain vouches for it, and it
 * is gone with the object.
 */
export type SessionDecision = {
  readonly from: 'jit-apiserver'
  readonly time: string
  readonly decision:
    | 'Requested'
    | 'Approved'
    | 'Denied'
    | 'Withdrawn'
    | 'Expired'
    | 'Failed'
    | 'Extended'
    | 'Transferred'
    | 'Received'
    | 'Revoked'
    | 'Ended'
    | 'Justified'
    | 'Unjustified'
  readonly request: string
  /** Absent when the decision is about no grant. */
  readonly grant?: string
  /** User, or the rule of a policy in place of one. Absent when nobody decided, and for a revocation, whose message begins with the user. */
  readonly by?: string
  /** User that got a part of the grant. */
  readonly to?: string
  /** What was asked for, or what an approval gave. */
  readonly asks?: string
  /** Lifetime and uses of the grant that an approval made. */
  readonly limits?: string
  /** Whether approvers granted less than was requested. Absent when they did not. */
  readonly narrowed?: true
  /** ApproverKey of the approval. */
  readonly passkey?: string
  /** Whether the approval approves a plan that was not shown whole. */
  readonly unseen?: true
  /** Whether the approval stopped to count. */
  readonly lapsed?: true
  /** Time at which the grant expires since the decision. */
  readonly expiresAt?: string
  /** Reason that was given, unproven, shortened. */
  readonly message?: string
}

/** Characters of a reason, as in records. */
const MAX_MESSAGE = 4096

const said = (message: string | undefined): Pick<SessionDecision, 'message'> =>
  message === undefined || message === '' ? {} : { message: message.slice(0, MAX_MESSAGE) }

const madeAt = ({ creationTimestamp = '' }: AccessRequest['metadata']): string => creationTimestamp
const requesterOf = ({ requester }: AccessRequest['spec']): string => requester?.username ?? ''

type Of = Pick<SessionDecision, 'time' | 'decision'> & Partial<SessionDecision>

/** What the last approval gave. */
function gave({ spec, status }: AccessRequest): Partial<SessionDecision> {
  const left = { ...spec, ...status?.narrowed }
  const { grantName, extension } = status ?? {}
  return {
    ...(grantName === undefined ? {} : { grant: grantName }),
    asks: formatAsk({ spec: left }),
    ...(extension?.expiresAt === undefined ? { limits: formatLimits(left) } : { expiresAt: extension.expiresAt }),
    ...(status?.narrowed === undefined ? {} : { narrowed: true }),
  }
}

function reviewed(request: AccessRequest): readonly Of[] {
  const { conditions, reviews = [], decidedBy } = request.status ?? {}
  const approvedAt = conditionOf(conditions, 'Approved')?.lastTransitionTime
  const last = approvedAt === undefined ? -1 : reviews.findLastIndex(({ decision, lapsed }) => decision === 'Approved' && lapsed !== true)
  const byPeople = reviews.map(({ time, decision, reviewer, message, passkey, unseen, lapsed }, index): Of => ({
    time,
    decision,
    by: reviewer.username,
    ...(passkey === undefined ? {} : { passkey: passkey.key }),
    ...(unseen === true ? { unseen } : {}),
    ...(lapsed === true ? { lapsed } : {}),
    ...(index === last ? gave(request) : {}),
    ...said(message),
  }))
  if (decidedBy === undefined || approvedAt === undefined) return byPeople
  const by = `rule ${decidedBy.rule} of policy ${decidedBy.policy}`
  return [...byPeople, { time: approvedAt, decision: 'Approved', by, ...gave(request) }]
}

/** How a request ended that nobody decided. */
function closed({ spec, status, metadata }: AccessRequest, nowMs: number): readonly Of[] {
  const phase = requestPhase(status, nowMs)
  if (phase !== 'Withdrawn' && phase !== 'Expired' && phase !== 'Failed') return []
  const { lastTransitionTime: time = status?.expiresAt, message } = conditionOf(status?.conditions, phase) ?? {}
  const by = phase === 'Withdrawn' ? { by: requesterOf(spec) } : {}
  return [{ time: time ?? madeAt(metadata), decision: phase, ...by, ...said(message) }]
}

/** What became of a request, in the order in which it happened. */
export function decisionsOfRequest(request: AccessRequest, nowMs: number): readonly SessionDecision[] {
  const { spec, metadata } = request
  const asked: Of = {
    time: madeAt(metadata),
    decision: 'Requested',
    by: requesterOf(spec),
    asks: formatAsk(request),
    ...said(spec.reason),
  }
  return [asked, ...reviewed(request), ...closed(request, nowMs)].map((each) => ({ from: 'jit-apiserver', request: metadata.name, ...each }))
}

const changed = ({ spec, status, metadata }: AccessGrant): readonly Of[] => [
  ...(spec.transferredFrom ?? []).slice(-1).map(({ grantName, username }): Of => {
    const limits = spec.maxUses === undefined ? {} : { message: `a part of grant ${grantName}, with ${spec.maxUses} uses` }
    return { time: metadata.creationTimestamp ?? spec.notBefore, decision: 'Received', by: username, expiresAt: spec.expiresAt, ...limits }
  }),
  ...(status?.extensions ?? []).map(({ time, expiresAt, requestName }): Of => ({ time, decision: 'Extended', request: requestName, expiresAt })),
  ...(status?.transfers ?? []).map(({ time, to, grantName }): Of => ({ time, decision: 'Transferred', to, message: `as grant ${grantName}` })),
]

function endOf(grant: AccessGrant): string | undefined {
  const endMs = grantEndMs(grant)
  return Number.isNaN(endMs) ? undefined : new Date(endMs).toISOString()
}

/** When and how a grant ended. */
function ended(grant: AccessGrant, nowMs: number): readonly Of[] {
  const phase = grantPhase(grant, nowMs)
  const { lastTransitionTime: time, message } = conditionOf(grant.status?.conditions, phase) ?? {}
  if (phase === 'Revoked') return [{ time: time ?? '', decision: 'Revoked', ...said(message) }]
  const how = grantEnd(grant, nowMs)
  return how === undefined
    ? []
    : [{ time: time ?? (phase === 'Exhausted' ? grant.status?.lastUsed : endOf(grant)) ?? '', decision: 'Ended', message: how }]
}

/** What became of a grant after its approval, in the order in which it happened. */
export function decisionsOfGrant(grant: AccessGrant, nowMs: number): readonly SessionDecision[] {
  const about = { from: 'jit-apiserver', request: grant.spec.requestName, grant: grant.metadata.name } as const
  return [...changed(grant), ...ended(grant, nowMs)].map((each) => ({ ...about, ...each }))
}

/** The decision on a use of break-glass. */
export function decisionsOfReview({ spec, status }: BreakGlassReview): readonly SessionDecision[] {
  const about = { from: 'jit-apiserver', request: spec.requestName, grant: spec.grantName } as const
  return (['Justified', 'Unjustified'] as const).flatMap((decision) => {
    const condition = conditionOf(status?.conditions, decision)
    if (condition?.status !== 'True') return []
    const by = status?.reviewer?.username
    return [{ ...about, time: condition.lastTransitionTime ?? '', decision, ...(by === undefined ? {} : { by }), ...said(condition.message) }]
  })
}

const timeOf = ({ time }: { readonly time: string }): number => Date.parse(time) || 0

/** Decisions among entries of records, by time. Objects keep whole seconds, so a decision comes before what was recorded in its second. */
export const inOrder = <Entry extends { readonly time: string }>(
  entries: readonly Entry[],
  decisions: readonly SessionDecision[],
): readonly (Entry | SessionDecision)[] => [...decisions, ...entries].toSorted((one, other) => timeOf(one) - timeOf(other))

export const isDecision = (entry: object): entry is SessionDecision => 'from' in entry && entry.from === 'jit-apiserver'
