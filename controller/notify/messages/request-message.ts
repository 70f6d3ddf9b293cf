import type { AccessRequest, RequestPhase } from '../../../domain/api/access-request.ts'
import { requestPhase } from '../../../domain/api/access-request.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import { formatMissing } from '../../../domain/api/approvals/approvals.ts'
import { decidingRule, isBreakGlass } from '../../../domain/api/notifications/notified-fields.ts'
import { riskIn } from '../../../domain/api/approvals/risk.ts'
import type { RequestEvent } from '../../../domain/api/notifications/notification.ts'
import type { Risk } from '../../../domain/api/access-policy.ts'
import { asksOf } from './asks.ts'
import { decidingReviews } from '../../../domain/explain/past-request.ts'
import type { Audience, MessageBase } from './base.ts'
import { shown } from './shown.ts'

export type RequestMessage = MessageBase & {
  readonly kind: 'AccessRequest'
  readonly event: RequestEvent
  readonly policy: string
  readonly requester: string
  readonly risk: Risk
  readonly phase: RequestPhase
  /** Set if the access was taken without an approver, whatever the event. */
  readonly breakGlass?: true
  readonly asks: string
  readonly durationSeconds?: number
  readonly reason?: string
  readonly ticket?: string
  readonly agent?: string
  /** Approvals that are missing. */
  readonly needs?: string
  readonly decidedBy?: string
  readonly decision?: string
  /** Why the requester withdrew it: words of the agent, which must not look like those of an approver. */
  readonly withdrawal?: string
  readonly grantEndsAt?: string
}

const optional = <Name extends string>(name: Name, text: string | undefined, max: number): { readonly [name in Name]?: string } =>
  text === undefined || text === '' ? {} : ({ [name]: shown(text, max) } as { readonly [name in Name]?: string })

function decidersOf(request: AccessRequest): string {
  const rule = decidingRule(request)
  if (rule !== undefined) return `rule ${rule}`
  return [...new Set(decidingReviews(request.status).map(({ reviewer }) => reviewer.username))].join(', ')
}

/** The link opens a page. Opening it decides nothing. */
const linkTo = (consoleURL: string | undefined, name: string): { readonly url?: string } =>
  consoleURL === undefined ? {} : { url: `${consoleURL.replace(/\/+$/, '')}/requests/${encodeURIComponent(name)}` }

/** An event of a request. */
export type RequestHappened = {
  readonly kind: 'AccessRequest'
  readonly object: AccessRequest
  readonly event: RequestEvent
  readonly to: Audience
  readonly atMs: number
  readonly grantEndsAt?: string
}

/** Who asks for what, with the agent's own words. */
function askOf({ spec }: AccessRequest): Pick<RequestMessage, 'policy' | 'requester' | 'asks' | 'durationSeconds' | 'reason' | 'ticket' | 'agent'> {
  const { policy = '', requester, durationSeconds, operation, reason, ticket, agent } = spec
  const words = [agent?.name, agent?.task].filter((text) => text !== undefined && text !== '')
  return {
    policy,
    requester: shown(requester?.username ?? '', 200),
    asks: shown(asksOf(spec), 400),
    ...(durationSeconds === undefined || operation !== undefined ? {} : { durationSeconds }),
    ...optional('reason', reason, 600),
    ...optional('ticket', ticket, 100),
    ...optional('agent', words.join(': '), 300),
  }
}

function stateOf(request: AccessRequest, nowMs: number): Pick<RequestMessage, 'risk' | 'phase' | 'needs' | 'decidedBy' | 'decision' | 'withdrawal'> {
  const phase = requestPhase(request.status, nowMs)
  return {
    risk: riskIn(request.status),
    phase,
    ...optional('needs', phase === 'Pending' ? formatMissing(request.status?.approvals?.missing ?? []) : '', 300),
    ...optional('decidedBy', decidersOf(request), 300),
    ...optional(phase === 'Withdrawn' ? 'withdrawal' : 'decision', conditionOf(request.status?.conditions, phase)?.message, 400),
  }
}

export function requestMessageOf(happened: RequestHappened, nowMs: number, consoleURL?: string): RequestMessage {
  const { event, to, atMs, object: request, grantEndsAt } = happened
  const { name, uid = name } = request.metadata
  return {
    id: `${uid}/${event}`,
    event,
    to,
    atMs,
    kind: 'AccessRequest',
    name,
    uid,
    ...askOf(request),
    ...stateOf(request, nowMs),
    ...(isBreakGlass(request) ? { breakGlass: true as const } : {}),
    ...(grantEndsAt === undefined ? {} : { grantEndsAt }),
    ...linkTo(consoleURL, name),
    command: to === 'Approvers' ? `kubectl certify show ${name} --uid=${uid}` : `kubectl describe accessrequest ${name}`,
  }
}
