import { accessRuleSchema } from './rules.ts'

/** "Would this be allowed, by what, and what should I ask for?" */
export const accessReviewSpecSchema = {
  type: 'object',
  description: 'The request that is asked about.',
  required: ['verb', 'resource'],
  properties: {
    verb: { type: 'string', description: 'Kubernetes verb. Required.', minLength: 1, maxLength: 64 },
    group: { type: 'string', description: 'API group. Left out: the core group.', maxLength: 253 },
    resource: { type: 'string', description: 'Plural name of the resource. Required.', minLength: 1, maxLength: 253 },
    subresource: { type: 'string', description: 'Subresource. Left out: the resource itself.', maxLength: 253 },
    namespace: { type: 'string', description: 'Namespace. Left out: cluster-scoped.', maxLength: 63 },
    name: { type: 'string', description: 'Name of the object. Left out: none.', maxLength: 253 },
  },
} as const
export const accessReviewStatusSchema = {
  type: 'object',
  description: 'The answer, of this moment.',
  required: ['allowed'],
  properties: {
    allowed: { type: 'boolean', description: 'Whether it would be let through. RBAC may still refuse it.' },
    effect: {
      type: 'string',
      enum: ['Allow', 'RequireGrant', 'RequireApproval', 'Deny'],
      description: 'What the policy says. Left out: no policy governs the caller.',
    },
    policy: { type: 'string', description: 'The policy that decides. Left out: none governs the caller.' },
    rule: { type: 'string', description: 'Its rule; "default" where none matched.' },
    grant: { type: 'string', description: 'The live grant that covers it. Left out: none.' },
    ask: { ...accessRuleSchema, description: 'The least to ask for. Left out: nothing helps, or nothing is needed.' },
    command: { type: 'string', description: 'The line that asks for it. Left out: as for ask.' },
    message: { type: 'string', description: 'The answer in one sentence.' },
  },
} as const
