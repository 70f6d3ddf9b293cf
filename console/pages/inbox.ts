import type { AccessRequest } from '../../domain/api/access-request.ts'
import { reviewPhase, type BreakGlassReview } from '../../domain/api/break-glass/review.ts'
import { riskIn } from '../../domain/api/approvals/risk.ts'
import { cut } from '../../domain/format/cut.ts'
import { formatAsk, formatLimits } from '../../domain/format/request.ts'
import type { Inbox } from '../cluster/inbox.ts'
import { html, type Html } from '../../server/html/html.ts'
import { ago, left, riskBadge, section } from '../html/fragments.ts'
import { INBOX_EVENTS, requestPath } from '../http/known-path.ts'

/** Requests that one list shows. The oldest are the first. */
const MAX_SHOWN = 200
const MAX_ASK = 300

function card(request: AccessRequest, nowMs: number): Html {
  const { metadata, spec, status } = request
  return html`<li>
    <a class="card" href="${requestPath(metadata.name)}">
      <span class="ask">${cut(formatAsk(request), MAX_ASK)}</span>
      <span class="facts">
        ${riskBadge(riskIn(status))}
        <span>by <b>${spec.requester?.username ?? '?'}</b></span>
        <span>${formatLimits(spec)}</span>
        <span>asked ${ago(metadata.creationTimestamp, nowMs)}</span>
        <span>expires ${left(status?.expiresAt, nowMs)}</span>
      </span>
    </a>
  </li>`
}

function cards(requests: readonly AccessRequest[], nowMs: number): Html {
  const more = requests.length - MAX_SHOWN
  return html`<ol class="cards">
      ${requests.slice(0, MAX_SHOWN).map((request) => card(request, nowMs))}
    </ol>
    ${more > 0 ? html`<p>${more} more are not shown. They follow when these are decided.</p>` : undefined}`
}

const group = (title: string, requests: readonly AccessRequest[], nowMs: number): Html | undefined =>
  requests.length === 0
    ? undefined
    : html`<section>
        <h2>${title}</h2>
        ${cards(requests, nowMs)}
      </section>`

/** Uses of break-glass, which gave access before anybody agreed. */
const toReview = (reviews: readonly BreakGlassReview[], nowMs: number): Html | undefined =>
  section(
    'Break-glass to review',
    reviews.map(
      (review) =>
        html`<a href="${requestPath(review.spec.requestName)}">${cut(review.spec.summary, MAX_ASK)}</a> by <b>${review.spec.subject.username}</b>,
          ${reviewPhase(review, nowMs) === 'Overdue' ? 'overdue' : html`due ${left(review.spec.dueAt, nowMs)}`}`,
    ),
    'warning',
  )

export const inboxTitle = ({ mine }: Pick<Inbox, 'mine'>): string => (mine.length === 0 ? 'Inbox' : `Inbox (${mine.length})`)

/** What waits for the user, and what else is pending that they see. The live inbox sends it again when it changes. */
export const inboxContent = ({ mine, reviewed, others, own, reviews, left: more }: Inbox, nowMs: number): Html => html`
  ${toReview(reviews, nowMs)} ${mine.length === 0 ? html`<p class="empty">Nothing waits for you.</p>` : cards(mine, nowMs)}
  ${group('Approved by you, waiting for another approver', reviewed, nowMs)}
  ${group('For approvers of other groups; you can deny them', others, nowMs)} ${group('Your own requests, for others to decide', own, nowMs)}
  ${more > 0 ? html`<p class="warning">${more} more requests are pending and were not read.</p>` : undefined}
`

/** The inbox with what its script needs. Without it, the link loads the page again. */
export const inboxPage = (inbox: Inbox, { nowMs, channel }: { readonly nowMs: number; readonly channel: string }): Html => html`
  <div class="row live">
    <a class="button" href="/">Load again</a>
    <span id="live-options" hidden>
      <label><input type="checkbox" id="live-sound" /> Sound</label>
      <label><input type="checkbox" id="live-badge" /> Badge on the icon</label>
    </span>
    <span id="live-status" role="status"></span>
  </div>
  <div id="inbox" data-events="${INBOX_EVENTS}" data-channel="${channel}">${inboxContent(inbox, nowMs)}</div>
`
