import { conditionsSchema, holds } from '../conditions.ts'
import type { Resource } from '../object-meta.ts'
import { accessRuleSchema, userSchema } from '../rules.ts'
import type { Of } from '../schema.ts'
import { subjectSchema } from '../subject.ts'

export const breakGlassReviewSpecSchema = {
  type: 'object',
  description: 'The use of break-glass that must be reviewed. Only the server creates it; it never changes.',
  required: ['requestName', 'grantName', 'policies', 'subject', 'reason', 'summary', 'dueAt'],
  properties: {
    requestName: { type: 'string', description: 'AccessRequest that used break-glass. It may be deleted before the review. Required.' },
    grantName: { type: 'string', description: 'AccessGrant that was made. It may be deleted before the review. Required.' },
    grantUID: { type: 'string', description: 'UID of that grant. Optional. Defaults to unknown.' },
    policy: { type: 'string', description: 'AccessPolicy under which the grant counts. Optional. Defaults to policies.' },
    policies: {
      type: 'array',
      description: 'AccessPolicies that governed the subject. A reviewer needs the verb certify on each. Required.',
      items: { type: 'string', description: 'A name.' },
    },
    reviewers: {
      type: 'array',
      description: 'The reviewers that the policies named. They apply while the policy no longer says who reviews. Optional. Defaults to none.',
      items: {
        type: 'object',
        description: 'Reviewers of one policy.',
        required: ['policy', 'subjects'],
        properties: {
          policy: { type: 'string', description: 'Name of the AccessPolicy.' },
          subjects: { type: 'array', description: 'Who may decide.', items: subjectSchema },
        },
      },
    },
    subject: { ...userSchema, description: 'User that used break-glass. Set by the server.' },
    reason: { type: 'string', description: 'Reason that the subject gave, unproven. Required.' },
    rules: { type: 'array', description: 'Access that was granted. Optional. Defaults to none.', items: accessRuleSchema },
    summary: { type: 'string', description: 'The granted access in one line. Required.' },
    session: { type: 'string', description: 'Session of the agent, for kubectl certify replay. Optional. Defaults to unknown.' },
    expiresAt: { type: 'string', format: 'date-time', description: 'Time at which the grant expires. Optional. Defaults to unknown.' },
    dueAt: { type: 'string', format: 'date-time', description: 'Time until which the review must be decided. Required.' },
  },
} as const

export const breakGlassReviewStatusSchema = {
  type: 'object',
  description: 'The decision on the use.',
  properties: {
    conditions: conditionsSchema,
    reviewer: { ...userSchema, description: 'User that decided. Set by the server. Absent until then.' },
    phase: {
      type: 'string',
      enum: ['Open', 'Overdue', 'Justified', 'Unjustified'],
      description: 'Summary for people. Computed on each read; never stored.',
    },
  },
} as const

export type BreakGlassReviewSpec = Of<typeof breakGlassReviewSpecSchema>
export type BreakGlassReviewStatus = Of<typeof breakGlassReviewStatusSchema>
export type BreakGlassReview = Resource<BreakGlassReviewSpec, BreakGlassReviewStatus>
export type ReviewPhase = NonNullable<BreakGlassReviewStatus['phase']>

type Reviewed = { readonly spec: BreakGlassReviewSpec; readonly status?: BreakGlassReviewStatus }

/** The phase at a time. A due time that cannot be read counts as over. */
export function reviewPhase({ spec, status }: Reviewed, nowMs: number): ReviewPhase {
  if (holds(status?.conditions, 'Unjustified')) return 'Unjustified'
  if (holds(status?.conditions, 'Justified')) return 'Justified'
  return nowMs < Date.parse(spec.dueAt) ? 'Open' : 'Overdue'
}

/** Whether nobody has decided the review yet. */
export const isOpenReview = ({ status }: Pick<Reviewed, 'status'>): boolean =>
  !holds(status?.conditions, 'Unjustified') && !holds(status?.conditions, 'Justified')

/** Who can decide a review, as a clause. */
export function formatReviewers({ policies, reviewers = [] }: BreakGlassReviewSpec): string {
  const certify = `who may certify under ${policies.map((name) => `policy "${name}"`).join(' and ')}`
  if (reviewers.length === 0) return certify
  const named = reviewers.flatMap(({ subjects }) => subjects.map(({ kind, name }) => `${kind} ${name}`))
  return `${[...new Set(named)].join(', ')}, ${certify}`
}
