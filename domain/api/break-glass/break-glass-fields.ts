import { subjectSchema } from '../subject.ts'

/** `spec.approvals.breakGlass` of a policy. */
export const breakGlassSchema = {
  type: 'object',
  description:
    'Access without waiting for an approver. The server makes the grant at once, together with a BreakGlassReview that must be decided afterwards; until it is, the same user gets no other such grant. When several policies govern the requester, each must allow it, and the strictest value of each field applies. Operations that need their own approval stay held, Secrets are not revealed, and what needs a passkey (passkey) is not granted. Optional. Defaults to nobody.',
  required: ['subjects'],
  properties: {
    subjects: {
      type: 'array',
      description: 'Users, groups and ServiceAccounts that may use it. They must also be subjects of the policy. Required.',
      items: subjectSchema,
      minItems: 1,
      maxItems: 256,
    },
    maxDurationSeconds: {
      type: 'integer',
      format: 'int32',
      description:
        'Maximum lifetime of the grant, in seconds; a longer request is shortened to it. requests.maxDurationSeconds applies too. Optional. Defaults to 900.',
      minimum: 1,
      maximum: 604800,
    },
    maxUses: {
      type: 'integer',
      format: 'int32',
      description: 'Maximum number of requests that the grant covers; a higher number is reduced to it. Optional. Defaults to requests.maxUses.',
      minimum: 1,
      maximum: 100000,
    },
    reviewWithinSeconds: {
      type: 'integer',
      format: 'int32',
      description:
        'Time in which the use must be reviewed, in seconds. Afterwards the review is overdue: metrics and the condition BreakGlassReviewed of the policy say so. Optional. Defaults to 86400.',
      minimum: 1,
      maximum: 2592000,
    },
    reviewers: {
      type: 'array',
      description: 'Who may decide the review; they also need the verb certify on the policy. Optional. Defaults to everyone who may certify.',
      items: subjectSchema,
      minItems: 1,
      maxItems: 256,
    },
    perDay: {
      type: 'integer',
      format: 'int32',
      description: 'Number of such grants that one user may get in 24 hours, reviewed or not. Optional. Defaults to 3.',
      minimum: 1,
      maximum: 100,
    },
    totalPerDay: {
      type: 'integer',
      format: 'int32',
      description:
        'Number of such grants that all users of the policy together may get in 24 hours, reviewed or not. Bounds identities whose names change with each run. Optional. Defaults to 10.',
      minimum: 1,
      maximum: 1000,
    },
  },
} as const

/** `spec.breakGlass` of a request. */
export const askedBreakGlassSchema = {
  type: 'boolean',
  description:
    'Whether to grant the access at once, without an approver. The policies must allow it (spec.approvals.breakGlass), spec.reason must say why, and the use is reviewed afterwards. Optional. Defaults to false.',
} as const

/** `spec.breakGlass` of a grant. */
export const grantedBreakGlassSchema = {
  type: 'boolean',
  description: 'Whether the grant was made without an approver; a BreakGlassReview of its use exists. Optional. Defaults to false.',
} as const

/** `status.decidedBy` of a request. */
export const decidedBySchema = {
  type: 'object',
  description: 'Rule of a policy that decided instead of an approver. Set by the server. Absent when approvers decide.',
  required: ['rule', 'policy'],
  properties: {
    rule: { type: 'string', description: 'Name of the rule of spec.approvals.autoApprove; breakGlass for spec.approvals.breakGlass.' },
    policy: { type: 'string', description: 'AccessPolicy of the rule.' },
  },
} as const

/** The shortest reason of a break-glass request, in characters. */
export const MIN_REASON = 10
export const BREAK_GLASS = 'BreakGlass'
