import { isOpenReview, reviewPhase, type BreakGlassReview } from '../api/break-glass/review.ts'
import { bad, good, warning, type Finding } from './finding.ts'

/** Uses of break-glass that wait for a review, those that are due first at the top. */
export function reviewFindings(reviews: readonly BreakGlassReview[], nowMs: number): readonly Finding[] {
  const open = reviews.filter(isOpenReview).toSorted((one, other) => (one.spec.dueAt < other.spec.dueAt ? -1 : 1))
  if (open.length === 0) return [good('every use of break-glass is reviewed')]
  return open.map((review) => {
    const { metadata, spec } = review
    const what = `the use of break-glass by ${spec.subject.username} (${spec.summary})`
    const fix = `kubectl certify review ${metadata.name} --justified --reason=TEXT`
    return reviewPhase(review, nowMs) === 'Overdue'
      ? bad(`${what} should have been reviewed by ${spec.dueAt}`, fix)
      : warning(`${what} must be reviewed by ${spec.dueAt}`, fix)
  })
}
