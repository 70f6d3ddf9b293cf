import { isOpenReview, reviewPhase, type BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { BREAK_GLASS_REVIEWS_PATH } from '../../../domain/api/names.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { whoAmI } from '../../kubectl/self-subject.ts'
import type { IO } from '../../terminal/io.ts'
import { sameName } from '../../../domain/approval/place.ts'

const rank = (review: BreakGlassReview): string => `${isOpenReview(review) ? 0 : 1} ${review.spec.dueAt} ${review.metadata.name}`

/** Overdue ones first, then by the time at which they are due. Decided ones last. @throws KubectlError */
export async function listReviews(io: IO): Promise<readonly BreakGlassReview[]> {
  const { items } = await io.kubectl.get<{ readonly items: readonly BreakGlassReview[] }>(BREAK_GLASS_REVIEWS_PATH)
  return items.toSorted((left, right) => (rank(left) < rank(right) ? -1 : 1))
}

/**
 * Tells an approver how many uses of break-glass are not reviewed, in one line or none. None when the caller may not know: the inbox works without that
 * right. Counts what the caller can see, except uses of their own; whether they may decide each is checked when they do.
 */
export async function openReviewNotes(io: IO): Promise<readonly string[]> {
  try {
    const open = (await listReviews(io)).filter(isOpenReview)
    if (open.length === 0) return []
    const me = await whoAmI(io.kubectl)
    const others = open.filter(({ spec }) => !sameName(spec.subject.username, me))
    if (others.length === 0) return []
    const overdue = others.filter((review) => reviewPhase(review, io.clock.nowMs()) === 'Overdue').length
    const uses = others.length === 1 ? '1 use of break-glass is' : `${others.length} uses of break-glass are`
    return [`${uses} not reviewed${overdue === 0 ? '' : `, ${overdue} overdue`}: kubectl certify reviews`]
  } catch (error) {
    if (error instanceof KubectlError) return []
    throw error
  }
}
