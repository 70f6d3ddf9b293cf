import { accessRuleSchema } from '../rules.ts'
import type { Of } from '../schema.ts'
import { requestVerdictSchema, reviewedRequestSchema } from './reviewed-request.ts'

/** Answers whether a request would be allowed, by which policy, and what access to request. */
export const accessReviewSpecSchema = {
  type: 'object',
  description: 'Request to evaluate.',
  properties: {
    user: {
      type: 'string',
      description:
        'User to review instead of the caller, by the name that policies match. It takes the verb certify on every AccessPolicy that governs that user, or the verb view on accessgrants. Optional. Defaults to the caller.',
      minLength: 1,
      maxLength: 1024,
    },
    groups: {
      type: 'array',
      description: 'Groups of that user, as in its token. Optional. Defaults to none.',
      items: { type: 'string', description: 'A group.', minLength: 1, maxLength: 1024 },
      maxItems: 256,
    },
    request: reviewedRequestSchema,
    verb: {
      type: 'string',
      description: 'Kubernetes verb. Optional. Defaults to none: request is required in this case.',
      minLength: 1,
      maxLength: 64,
    },
    group: { type: 'string', description: 'API group. Optional. Defaults to the core group.', maxLength: 253 },
    resource: {
      type: 'string',
      description: 'Plural name of the resource. Optional. Defaults to none: request is required in this case.',
      minLength: 1,
      maxLength: 253,
    },
    subresource: { type: 'string', description: 'Subresource. Optional. Defaults to the resource itself.', maxLength: 253 },
    namespace: { type: 'string', description: 'Namespace. Optional. Defaults to none: a cluster-scoped request.', maxLength: 63 },
    name: { type: 'string', description: 'Name of the object. Optional. Defaults to none.', maxLength: 253 },
  },
} as const
export const accessReviewStatusSchema = {
  type: 'object',
  description: 'Result at the time of the review.',
  required: ['allowed'],
  properties: {
    allowed: {
      type: 'boolean',
      description:
        'Whether jit-access would let the request through. RBAC may still refuse it. For spec.request: whether it would be granted at once.',
    },
    effect: {
      type: 'string',
      enum: ['Allow', 'RequireGrant', 'RequireApproval', 'Deny'],
      description: 'Effect of the policy. Absent when no policy governs the caller.',
    },
    policy: { type: 'string', description: 'Policy that decides. Absent when no policy governs the caller.' },
    rule: { type: 'string', description: 'Rule that decides; "default" when no rule matches.' },
    grant: { type: 'string', description: 'Live grant that covers the request. Absent when there is none.' },
    ask: { ...accessRuleSchema, description: 'Smallest access to request. Absent when no access is needed, or when none can be granted.' },
    command: { type: 'string', description: 'Command that requests it. Absent when ask is absent.' },
    message: { type: 'string', description: 'Result in one sentence.' },
    request: requestVerdictSchema,
  },
} as const

export type AccessReviewSpec = Of<typeof accessReviewSpecSchema>
export type AccessReviewStatus = Of<typeof accessReviewStatusSchema>
