import { formatReviewers, isOpenReview, reviewPhase, type BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import { sameName } from '../../../domain/approval/place.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { csrfField } from '../../html/layout.ts'
import { left, terms } from '../../html/fragments.ts'
import { requestPath } from '../../http/known-path.ts'
import type { Session } from '../../session/session.ts'
import { MAX_MESSAGE } from '../max-message.ts'

const form = ({ metadata, spec }: BreakGlassReview, session: Session): Html =>
  html`<form method="post" action="${requestPath(spec.requestName)}/review">
    <h3>Was it justified?</h3>
    ${csrfField(session)}
    <input type="hidden" name="review" value="${metadata.name}" />
    <p>
      <label for="review-reason">Reason</label>
      <input id="review-reason" name="reason" maxlength="${MAX_MESSAGE}" autocomplete="off" required />
    </p>
    <button type="submit" name="decision" value="Justified" class="approve">Justified</button>
    <button type="submit" name="decision" value="Unjustified" class="danger">Not justified</button>
  </form>`

const gone = (): Html =>
  html`<section class="warning">
    <h2>Break-glass</h2>
    <p>The access was granted at once, without an approver. Its review is gone, or you may not see it.</p>
  </section>`

/** What an open review asks for. Nobody reviews their own use. */
const openPart = (review: BreakGlassReview, session: Session): Html =>
  sameName(review.spec.subject.username, session.username) ? html`<p>You used it. Somebody else reviews it.</p>` : form(review, session)

/** The review of access that nobody approved before, and the form to decide it. The server decides whether the user may. */
export function breakGlass(review: BreakGlassReview | undefined, { session, nowMs }: { readonly session: Session; readonly nowMs: number }): Html {
  if (review === undefined) return gone()
  const phase = reviewPhase(review, nowMs)
  const isOpen = isOpenReview(review)
  return html`<section class="${isOpen ? 'warning decide' : ''}" aria-label="Review of break-glass">
    <h2>Break-glass: the access was granted at once, without an approver</h2>
    ${terms([
      ['Review', phase],
      ['Due', phase === 'Open' ? left(review.spec.dueAt, nowMs) : undefined],
      ['Reviewers', isOpen ? formatReviewers(review.spec) : undefined],
      ['Decided by', review.status?.reviewer?.username],
      ['Reason', conditionOf(review.status?.conditions, phase)?.message],
    ])}
    ${isOpen ? openPart(review, session) : undefined}
  </section>`
}
