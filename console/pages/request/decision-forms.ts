import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { Place } from '../../../domain/approval/place.ts'
import { formatDuration } from '../../../domain/format/duration.ts'
import { formatExtension, formatLimits } from '../../../domain/format/request.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { csrfField } from '../../html/layout.ts'
import { requestPath } from '../../http/known-path.ts'
import type { Session } from '../../session/session.ts'
import { partsOf } from './narrowing.ts'
import { MAX_MESSAGE } from '../max-message.ts'

export type Deciding = {
  readonly session: Session
  /** What the page shows, as the decision names it. */
  readonly seen: string
  readonly place: Place | undefined
  /** Why the server would refuse an approval now. Undefined when it would not. */
  readonly closed: Html | undefined
}

/** Shorter lifetimes that a form offers, in seconds. */
const DURATIONS = [60, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400] as const

const hidden = ({ session, seen }: Deciding): Html => html`${csrfField(session)}<input type="hidden" name="seen" value="${seen}" />`

const usesField = (maxUses: number | undefined): Html =>
  html`<span class="pair"
    ><label for="uses">Uses</label>
    <input id="uses" name="uses" type="number" inputmode="numeric" min="1" max="${maxUses ?? 100_000}" placeholder="${maxUses ?? 'any'}" />
  </span>`

/** Time and uses can be narrowed. An operation runs once, as it is, and the uses of a grant that is extended stay. */
function narrowing({ spec, status }: AccessRequest): Html | undefined {
  if (spec.operation !== undefined) return undefined
  const { durationSeconds, maxUses } = { ...spec, ...status?.narrowed }
  const shorter = DURATIONS.filter((seconds) => seconds < (durationSeconds ?? 0))
  return html`<div class="row">
    <span class="pair"
      ><label for="duration">Time</label>
      <select id="duration" name="duration">
        <option value="">${durationSeconds === undefined ? 'as asked' : `${formatDuration(durationSeconds)}, as asked`}</option>
        ${shorter.map((seconds) => html`<option value="${seconds}">${formatDuration(seconds)}</option>`)}
      </select></span
    >
    ${spec.extends === undefined ? usesField(maxUses) : undefined}
  </div>`
}

/** Who approves what they cannot see says so. */
const unseen = ({ spec: { operation } }: AccessRequest): Html | undefined =>
  operation?.cut === undefined
    ? undefined
    : html`<p>
        <label><input type="checkbox" name="unseen" value="yes" required /> Approve it although parts of it are not shown</label>
      </p>`

const reason = (id: string, label: string, required?: Html): Html =>
  html`<label for="${id}">${label}</label> <input id="${id}" name="reason" maxlength="${MAX_MESSAGE}" autocomplete="off" ${required} />`

/** What the last approval gives. */
function gives({ spec, status }: AccessRequest): string {
  const limits = { ...spec, ...status?.narrowed }
  if (spec.extends !== undefined) return `${formatExtension(limits)}.`
  if (spec.operation !== undefined) return 'exactly this operation continues, once, and only if it would still make the same change.'
  return `${spec.requester?.username ?? '?'} may do what is listed above for ${formatLimits(limits)}, or less if you narrow it.`
}

/** After one of several approvals, nothing is granted yet. */
function consequence(request: AccessRequest): string {
  const missing = (request.status?.approvals?.missing ?? []).reduce((sum, { count }) => sum + count, 0)
  const then = missing > 1 ? `Nothing is granted yet: ${missing} approvals are missing. With the last one` : 'Then'
  return `${then} ${gives(request)}`
}

const approveForm = (request: AccessRequest, deciding: Deciding): Html =>
  html`<form method="post" action="${requestPath(request.metadata.name)}/approve">
    <h3>Approve</h3>
    <p>${consequence(request)}</p>
    ${hidden(deciding)} ${partsOf(request)} ${narrowing(request)}
    <p>${reason('approve-reason', 'Reason (optional)')}</p>
    ${unseen(request)}
    <button type="submit" class="approve">Approve</button>
  </form>`

const denyForm = ({ metadata }: AccessRequest, deciding: Deciding): Html =>
  html`<form method="post" action="${requestPath(metadata.name)}/deny">
    <h3>Deny</h3>
    ${hidden(deciding)}
    <p>${reason('deny-reason', 'Reason, which the agent receives', html`required`)}</p>
    <button type="submit" class="danger">Deny</button>
  </form>`

const WHY_NOT: Readonly<Record<'own' | 'reviewed', string>> = {
  own: 'This is your own request. Somebody else decides on it.',
  reviewed: 'You approved it. It waits for another approver.',
}

/** The forms of a decision, where the user can make one. The server decides whether they may. */
export function forms(request: AccessRequest, deciding: Deciding): Html | undefined {
  const { place } = deciding
  if (place === undefined) return undefined
  if (place === 'own' || place === 'reviewed') return html`<p>${WHY_NOT[place]}</p>`
  return html`<section class="decide" aria-label="Your decision">
    <h2>Your decision</h2>
    ${deciding.closed}
    ${place === 'mine' ? approveForm(request, deciding) : html`<p>Your approval would not count: approvals of other groups are missing.</p>`}
    ${denyForm(request, deciding)}
  </section>`
}
