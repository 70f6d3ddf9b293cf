import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import type { AccessImpactStatus } from '../../../domain/api/virtual/access-impact.ts'
import type { AskedBefore } from '../../cluster/asked-before.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { DECISIONS, requestPath } from '../../http/known-path.ts'
import { missing, narrowed, reviews } from './approvals.ts'
import { before } from './before.ts'
import { breakGlass } from './break-glass.ts'
import { closedNotice } from './closed.ts'
import type { DiffView } from './diff.ts'
import { requestedAccess, gains, risk, summary, targets } from './request-summary.ts'
import { forms, type Deciding } from './decision-forms.ts'
import { impact } from './impact.ts'
import { plan } from './plan.ts'
import { ownWords } from './requester-text.ts'

/** What a page shows of a request besides the request itself. */
export type About = {
  /** Policies that govern the requester, as far as the user may read them. */
  readonly policies: readonly AccessPolicy[]
  readonly nowMs: number
  readonly deciding: Omit<Deciding, 'closed'>
  readonly view: DiffView
  readonly askedBefore: AskedBefore
  /** The review of break-glass. Undefined when there is none. */
  readonly review: BreakGlassReview | undefined
  /** What it would touch. Undefined when the user may not know. */
  readonly impact: AccessImpactStatus | undefined
}

const nextInInbox = ({ metadata: { name } }: AccessRequest): Html =>
  html`<p><a class="button" href="/next?after=${encodeURIComponent(name)}">Next in the inbox</a></p>`

/** Everything that an approver should consider, with proven and unproven facts apart, and the forms of their decision. */
export function requestPage(request: AccessRequest, { policies, nowMs, deciding, view, askedBefore, review, impact: touched }: About): Html {
  const { session } = deciding
  const policy = policies.find(({ metadata }) => metadata.name === request.spec.policy)
  const closed = closedNotice(request, policies, nowMs)
  return html`
    ${summary(request, nowMs)} ${request.spec.breakGlass === true ? breakGlass(review, { session, nowMs }) : undefined} ${requestedAccess(request)}
    ${targets(request)} ${risk(request, policy)} ${gains(request)} ${impact(touched)}
    ${plan(request, { view, path: requestPath(request.metadata.name) })} ${ownWords(request)}
    ${before(askedBefore, { username: session.username, nowMs })} ${missing(request, nowMs)}
    <div id="${DECISIONS}" tabindex="-1">${reviews(request, nowMs)}</div>
    ${narrowed(request)} ${forms(request, { ...deciding, closed })} ${nextInInbox(request)}
  `
}
