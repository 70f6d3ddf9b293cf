import type { AccessPolicy } from '../../api/access-policy.ts'
import { reviewPhase, type BreakGlassReview } from '../../api/break-glass/review.ts'
import { conditionOf } from '../../api/conditions.ts'
import type { Statement } from './statement.ts'

const TYPE = 'BreakGlassReviewed'
const MAX_NAMES = 16

const listed = (names: readonly string[]): string =>
  names.length <= MAX_NAMES ? names.join(', ') : `${names.slice(0, MAX_NAMES).join(', ')} and ${names.length - MAX_NAMES} more`

/**
 * Whether the uses of break-glass under a policy are reviewed in time. Nothing for a policy that never allowed it.
 * @param reviews all reviews; undefined when they cannot be read
 */
export function breakGlassReviewed(policy: AccessPolicy, reviews: readonly BreakGlassReview[] | undefined, nowMs: number): readonly Statement[] {
  const { metadata, spec, status } = policy
  const own = (reviews ?? []).filter((review) => review.spec.policies.includes(metadata.name))
  const isRelevant = spec.approvals?.breakGlass !== undefined || own.length > 0 || conditionOf(status?.conditions, TYPE) !== undefined
  if (!isRelevant) return []
  if (reviews === undefined) return [{ type: TYPE, status: 'Unknown', reason: 'NotKnown', message: 'the reviews of break-glass cannot be read' }]
  const named = (phase: 'Open' | 'Overdue'): readonly string[] =>
    own.filter((review) => reviewPhase(review, nowMs) === phase).map((review) => review.metadata.name)
  const [overdue, open] = [named('Overdue'), named('Open')]
  if (overdue.length > 0)
    return [
      {
        type: TYPE,
        status: 'False',
        reason: 'ReviewOverdue',
        message: `uses of break-glass were not reviewed in time: ${listed(overdue)}. To decide one:\nkubectl certify review NAME --justified|--unjustified --reason=TEXT`,
      },
    ]
  if (open.length > 0) return [{ type: TYPE, status: 'True', reason: 'ReviewsOpen', message: `waiting for a review, in time: ${listed(open)}` }]
  return [{ type: TYPE, status: 'True', reason: 'Reviewed', message: 'every use of break-glass is reviewed' }]
}
