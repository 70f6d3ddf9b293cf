import type { AccessRequest, RequestPhase } from '../../../domain/api/access-request.ts'
import { requestPhase } from '../../../domain/api/access-request.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import { formatMissing } from '../../../domain/api/approvals/approvals.ts'
import { decidingRule, isBreakGlass } from '../../../domain/api/notifications/facts.ts'
import { riskIn } from '../../../domain/api/approvals/risk.ts'
import type { NotificationEvent } from '../../../domain/api/notifications/notification.ts'
import type { Risk } from '../../../domain/api/access-policy.ts'
import { asksOf } from './asks.ts'
import { shown } from './shown.ts'

export type Audience = 'Approvers' | 'Requester'

/**
 * One event of one request, for every type of channel. All texts are one line, bounded, and without well-known tokens. They are not escaped for a
 * channel. `reason`, `ticket` and `agent` are the agent's own words; `asks` and `decision` may quote names that an agent chose.
 */
export type Message = {
  /** Stable for one event of one request, so that receivers can recognize a repetition. */
  readonly id: string
  readonly event: NotificationEvent
  readonly to: Audience
  readonly atMs: number
  readonly request: string
  readonly uid: string
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
  readonly grantEndsAt?: string
  /** Page of the request. Absent without a console. */
  readonly url?: string
  /** The command that shows the request. */
  readonly command: string
}

const optional = <Name extends string>(name: Name, text: string | undefined, max: number): { readonly [name in Name]?: string } =>
  text === undefined || text === '' ? {} : ({ [name]: shown(text, max) } as { readonly [name in Name]?: string })

function decidersOf(request: AccessRequest): string {
  const rule = decidingRule(request)
  if (rule !== undefined) return `rule ${rule}`
  return [...new Set((request.status?.reviews ?? []).map(({ reviewer }) => reviewer.username))].join(', ')
}

/** The link opens a page. Opening it decides nothing. */
const linkTo = (consoleURL: string | undefined, name: string): { readonly url?: string } =>
  consoleURL === undefined ? {} : { url: `${consoleURL.replace(/\/+$/, '')}/requests/${encodeURIComponent(name)}` }

export type Happened = {
  readonly event: NotificationEvent
  readonly to: Audience
  readonly atMs: number
  readonly request: AccessRequest
  readonly grantEndsAt?: string
}

/** Who asks for what, with the agent's own words. */
function askOf({ spec }: AccessRequest): Pick<Message, 'policy' | 'requester' | 'asks' | 'durationSeconds' | 'reason' | 'ticket' | 'agent'> {
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

function stateOf(request: AccessRequest, nowMs: number): Pick<Message, 'risk' | 'phase' | 'needs' | 'decidedBy' | 'decision'> {
  const phase = requestPhase(request.status, nowMs)
  return {
    risk: riskIn(request.status),
    phase,
    ...optional('needs', phase === 'Pending' ? formatMissing(request.status?.approvals?.missing ?? []) : '', 300),
    ...optional('decidedBy', decidersOf(request), 300),
    ...optional('decision', conditionOf(request.status?.conditions, phase)?.message, 400),
  }
}

export function messageOf(happened: Happened, nowMs: number, consoleURL?: string): Message {
  const { event, to, atMs, request, grantEndsAt } = happened
  const { name, uid = name } = request.metadata
  return {
    id: `${uid}/${event}`,
    event,
    to,
    atMs,
    request: name,
    uid,
    ...askOf(request),
    ...stateOf(request, nowMs),
    ...(isBreakGlass(request) ? { breakGlass: true as const } : {}),
    ...(grantEndsAt === undefined ? {} : { grantEndsAt }),
    ...linkTo(consoleURL, name),
    command: to === 'Approvers' ? `kubectl certify show ${name}` : `kubectl describe accessrequest ${name}`,
  }
}
