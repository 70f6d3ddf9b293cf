import { breakGlassReviewSpecSchema, breakGlassReviewStatusSchema, isOpenReview, reviewPhase } from '../../domain/api/break-glass/review.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Kind, KubeObject } from '../machinery/kind.ts'
import { checkReviewer, decideReview, type ReviewingDependencies } from './break-glass/review-decision.ts'
import { ageColumn, nameColumn, span } from './columns.ts'
import { asBreakGlassReview } from './typed.ts'
import { visibilityOfReviews, type VisibilityDependencies } from './visibility.ts'

/** A review that nobody decided stays: deleting it would let its subject use break-glass again. @throws StatusError Forbidden */
function checkDecided(object: KubeObject): void {
  const { name } = object.metadata
  if (!isOpenReview(asBreakGlassReview(object))) return
  throw new StatusError(
    'Forbidden',
    `breakglassreviews.jit.access "${name}" is forbidden: it is not decided, and only a decided review can be deleted: kubectl certify review ${name} --justified|--unjustified --reason=TEXT`,
    { details: { name, group: 'jit.access', kind: 'breakglassreviews', causes: [{ reason: 'Unreviewed', message: name }] } },
  )
}

function dueIn(object: KubeObject, nowMs: number): string {
  const review = asBreakGlassReview(object)
  const phase = reviewPhase(review, nowMs)
  return phase === 'Open' ? span(Date.parse(review.spec.dueAt) - nowMs) : phase === 'Overdue' ? 'overdue' : '-'
}

export function breakGlassReviews(deps: ReviewingDependencies & VisibilityDependencies): Kind {
  return {
    resource: 'breakglassreviews',
    singular: 'breakglassreview',
    kind: 'BreakGlassReview',
    shortNames: ['bgreview'],
    description: 'The review of access that was granted without an approver. The server creates it together with the grant; a human decides it.',
    spec: breakGlassReviewSpecSchema,
    status: breakGlassReviewStatusSchema,
    verbs: ['get', 'list', 'watch', 'delete', 'deletecollection'],
    fields: {
      'spec.requestName': (object) => asBreakGlassReview(object).spec.requestName,
      'spec.subject.username': (object) => asBreakGlassReview(object).spec.subject.username,
    },
    columns: [
      nameColumn,
      {
        name: 'Subject',
        type: 'string',
        priority: 0,
        description: 'User that used break-glass.',
        value: (object) => asBreakGlassReview(object).spec.subject.username,
      },
      {
        name: 'Phase',
        type: 'string',
        priority: 0,
        description: 'Whether the use was reviewed.',
        value: (object, nowMs) => reviewPhase(asBreakGlassReview(object), nowMs),
      },
      {
        name: 'Gave',
        type: 'string',
        priority: 0,
        description: 'Access that was granted.',
        value: (object) => asBreakGlassReview(object).spec.summary,
      },
      { name: 'Due', type: 'string', priority: 0, description: 'Time until the review is overdue.', value: dueIn },
      {
        name: 'Reason',
        type: 'string',
        priority: 1,
        description: 'Reason that the subject gave, unproven.',
        value: (object) => asBreakGlassReview(object).spec.reason.replaceAll(/[^\P{C} ]/gu, ' '),
      },
      ageColumn,
    ],
    strategy: {
      create: () => Promise.reject(new StatusError('MethodNotAllowed', 'a BreakGlassReview is created together with a break-glass grant')),
      update: (_, old) => Promise.resolve(old),
      remove: (old) => Promise.resolve().then(() => checkDecided(old)),
      validate: () => [],
      present: (object, nowMs) => ({ ...object, status: { ...object.status, phase: reviewPhase(asBreakGlassReview(object), nowMs) } }),
    },
    visibilityOf: visibilityOfReviews(deps),
    subresources: [
      {
        name: 'decision',
        checksCaller: true,
        verbs: ['get', 'update', 'patch'],
        checkOnce: (old, context) => checkReviewer(asBreakGlassReview(old), context, deps),
        apply: (next, old, context) => decideReview({ next: asBreakGlassReview(next), old: asBreakGlassReview(old), context }, deps),
      },
    ],
  }
}
