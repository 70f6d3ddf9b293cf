import { conditionsSchema, holds } from './conditions.ts'
import type { Resource } from './object-meta.ts'
import { accessRuleSchema, operationSchema, revealSchema, userSchema } from './rules.ts'
import type { Of } from './schema.ts'

export const accessRequestSpecSchema = {
  type: 'object',
  description: 'What is asked for. Immutable once created.',
  properties: {
    requester: { ...userSchema, description: 'Who asks. Stamped by the server.' },
    policy: {
      type: 'string',
      description:
        'AccessPolicy that governs the requester and whose approvers decide. Left out: the server picks the one policy that governs the requester.',
      maxLength: 253,
    },
    rules: {
      type: 'array',
      description: 'The access asked for. Left out: none; then reveal must ask for something.',
      items: accessRuleSchema,
      maxItems: 32,
    },
    reveal: { type: 'array', description: 'Secret keys to show unmasked. Left out: none.', items: revealSchema, maxItems: 32 },
    reason: { type: 'string', description: 'Why, for the approver. Left out: none; a policy may require one.', maxLength: 4096 },
    ticket: { type: 'string', description: 'Ticket that the work belongs to. Left out: none; a policy may require one.', maxLength: 256 },
    durationSeconds: {
      type: 'integer',
      format: 'int32',
      description: 'How long the grant lives from its approval on, in seconds. Left out: the default of the policy.',
      minimum: 1,
      maximum: 604800,
    },
    maxUses: {
      type: 'integer',
      format: 'int32',
      description:
        'How many requests the grant covers. Left out: as many as the policy allows, without a limit of its own where the policy sets none.',
      minimum: 1,
      maximum: 100000,
    },
    cluster: { type: 'string', description: 'Cluster that the access is for. Left out: the cluster that the request was made in.', maxLength: 253 },
    agent: {
      type: 'object',
      description: "The agent's own words about itself, shown as untrusted. Left out: it said nothing.",
      properties: {
        name: { type: 'string', description: 'Name of the agent. Left out: unknown.', maxLength: 253 },
        model: { type: 'string', description: 'Model that it runs on. Left out: unknown.', maxLength: 253 },
        session: { type: 'string', description: 'Its session. Left out: unknown.', maxLength: 253 },
        task: { type: 'string', description: 'What it was told to do. Left out: unknown.', maxLength: 4096 },
      },
    },
    operation: operationSchema,
  },
} as const

const reviewSchema = {
  type: 'object',
  description: "One reviewer's decision.",
  required: ['reviewer', 'decision', 'time'],
  properties: {
    reviewer: { ...userSchema, description: 'Who decided. Stamped by the server.' },
    decision: { type: 'string', enum: ['Approved', 'Denied'], description: 'What was decided.' },
    reason: { type: 'string', description: 'One CamelCase word. Left out: none.', maxLength: 1024 },
    message: { type: 'string', description: 'Why, for people. Left out: none.', maxLength: 32768 },
    unseen: { type: 'boolean', description: 'The plan was cut, and the reviewer approved it all the same. Optional. Defaults to false.' },
    time: { type: 'string', format: 'date-time', description: 'When. Stamped by the server.' },
  },
} as const

export const accessRequestStatusSchema = {
  type: 'object',
  description: 'What became of the request. Kept by the server; wiped on create.',
  properties: {
    conditions: conditionsSchema,
    reviews: { type: 'array', description: 'Decisions in the order they were made. Left out: none yet.', items: reviewSchema },
    narrowed: {
      type: 'object',
      description: 'What an approver cut the request down to. Written with the approval; may only narrow. Left out: granted as asked.',
      properties: {
        durationSeconds: {
          type: 'integer',
          format: 'int32',
          description: 'Shorter life of the grant, in seconds. Left out: as asked.',
          minimum: 1,
          maximum: 604800,
        },
        maxUses: { type: 'integer', format: 'int32', description: 'Fewer uses. Left out: as asked.', minimum: 1, maximum: 100000 },
        rules: { type: 'array', description: 'Rules that are within those asked for. Left out: as asked.', items: accessRuleSchema },
      },
    },
    requiredApprovals: {
      type: 'integer',
      format: 'int32',
      description: 'Distinct approvers that must agree: the most that a policy of the requester wants. Stamped by the server.',
    },
    policies: {
      type: 'array',
      description: 'AccessPolicies that govern the requester. Whoever approves needs certify on each of them. Stamped by the server.',
      items: { type: 'string', description: 'A name.' },
    },
    unseen: {
      type: 'boolean',
      description:
        'Written with an approval, never kept: the approver knows that spec.operation.cut is not shown and approves all the same. Optional. Defaults to false: the approval of a cut plan is refused.',
    },
    expiresAt: { type: 'string', format: 'date-time', description: 'When an undecided request expires. Stamped by the server.' },
    grantName: { type: 'string', description: 'The AccessGrant that the approval made. Left out: not approved.' },
    phase: {
      type: 'string',
      enum: ['Pending', 'Approved', 'Denied', 'Withdrawn', 'Expired', 'Failed'],
      description: 'Summary for people, derived on read from the conditions and the clock; never stored.',
    },
  },
} as const

export type AccessRequestSpec = Of<typeof accessRequestSpecSchema>
export type AccessRequestStatus = Of<typeof accessRequestStatusSchema>
export type AccessRequest = Resource<AccessRequestSpec, AccessRequestStatus>
export type RequestPhase = NonNullable<AccessRequestStatus['phase']>

/** The phase at a moment. A decision counts before the clock: an approved request does not expire, its grant does. */
export function requestPhase(status: AccessRequestStatus | undefined, nowMs: number): RequestPhase {
  for (const type of ['Denied', 'Approved', 'Withdrawn', 'Failed', 'Expired'] as const) {
    if (holds(status?.conditions, type)) return type
  }
  const expiresAt = status?.expiresAt
  return expiresAt !== undefined && nowMs >= Date.parse(expiresAt) ? 'Expired' : 'Pending'
}
