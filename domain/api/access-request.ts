import { autoApprovalSchema } from './approvals/auto-approve.ts'
import { approvalsStatusSchema } from './approvals/approvals-status.ts'
import { askedBreakGlassSchema, decidedBySchema } from './break-glass/break-glass-fields.ts'
import { conditionsSchema, holds } from './conditions.ts'
import { idempotencyKeySchema } from './idempotency-key.ts'
import { extendsSchema, extensionSchema } from './extensions/extension.ts'
import { deliveriesSchema } from './notifications/notification.ts'
import type { Resource } from './object-meta.ts'
import { assertionSchema, reviewPasskeySchema } from './passkeys/assertion.ts'
import { accessRuleSchema, operationSchema, revealSchema, userSchema } from './rules.ts'
import type { Of } from './schema.ts'

export const accessRequestSpecSchema = {
  type: 'object',
  description: 'The access that is requested. Immutable after creation.',
  properties: {
    requester: { ...userSchema, description: 'User that created the request. Set by the server.' },
    policy: {
      type: 'string',
      description:
        'AccessPolicy that governs the requester and whose approvers decide. Optional. Defaults to the only policy that governs the requester.',
      maxLength: 253,
    },
    rules: {
      type: 'array',
      description: 'Access that is requested. Optional. Defaults to none; reveal or extends is required in this case.',
      items: accessRuleSchema,
      maxItems: 32,
    },
    reveal: { type: 'array', description: 'Keys of Secrets to show unmasked. Optional. Defaults to none.', items: revealSchema, maxItems: 32 },
    reason: {
      type: 'string',
      description: 'Reason of the request, for approvers. A policy may require it. Optional. Defaults to none.',
      maxLength: 4096,
    },
    ticket: { type: 'string', description: 'Ticket of the work. A policy may require it. Optional. Defaults to none.', maxLength: 256 },
    durationSeconds: {
      type: 'integer',
      format: 'int32',
      description:
        'Lifetime of the grant from its start, in seconds; with extends, from the approval. Optional. Defaults to the default of the policy.',
      minimum: 1,
      maximum: 604800,
    },
    maxUses: {
      type: 'integer',
      format: 'int32',
      description: 'Number of requests that the grant covers. Optional. Defaults to the maximum of the policy, which may be no limit.',
      minimum: 1,
      maximum: 100000,
    },
    notBefore: {
      type: 'string',
      format: 'date-time',
      description:
        'Time at which the grant starts, when it is approved before. After an approval that comes later, the grant starts at once. Must not be in the past, nor farther ahead than the policies allow. Not for an operation. Optional. Defaults to the approval.',
    },
    cluster: {
      type: 'string',
      description: 'Name of the cluster that the access is for. Optional. Defaults to the cluster that the request is created in.',
      maxLength: 253,
    },
    agent: {
      type: 'object',
      description: 'What the agent says about itself. Nothing verifies it, and approvers see it as untrusted. Optional. Defaults to none.',
      properties: {
        name: { type: 'string', description: 'Name of the agent. Optional. Defaults to none.', maxLength: 253 },
        model: { type: 'string', description: 'Model that the agent runs on. Optional. Defaults to none.', maxLength: 253 },
        session: { type: 'string', description: 'Session of the agent. Optional. Defaults to none.', maxLength: 253 },
        task: { type: 'string', description: 'Task of the agent. Optional. Defaults to none.', maxLength: 4096 },
      },
    },
    breakGlass: askedBreakGlassSchema,
    extends: extendsSchema,
    operation: operationSchema,
    idempotencyKey: idempotencyKeySchema,
  },
} as const

const reviewSchema = {
  type: 'object',
  description: 'Decision of one reviewer.',
  required: ['reviewer', 'decision', 'time'],
  properties: {
    reviewer: { ...userSchema, description: 'User that decided. Set by the server.' },
    decision: { type: 'string', enum: ['Approved', 'Denied'], description: 'What was decided.' },
    reason: { type: 'string', description: 'Reason as one CamelCase word. Optional. Defaults to none.', maxLength: 1024 },
    message: { type: 'string', description: 'Reason for people. Optional. Defaults to none.', maxLength: 32768 },
    unseen: { type: 'boolean', description: 'Whether the reviewer approved a plan that was cut. Optional. Defaults to false.' },
    passkey: reviewPasskeySchema,
    lapsed: {
      type: 'boolean',
      description:
        'Whether the approval does not count, since at the latest decision its reviewer could no longer certify the request, was suspended, or had no passkey where one is required. Set by the server. Optional. Defaults to false.',
    },
    time: { type: 'string', format: 'date-time', description: 'Time of the decision. Set by the server.' },
  },
} as const

export const accessRequestStatusSchema = {
  type: 'object',
  description: 'Observed state of the request. The server maintains it and drops it on creation.',
  properties: {
    conditions: conditionsSchema,
    reviews: { type: 'array', description: 'Decisions in the order in which they were made. Absent until the first.', items: reviewSchema },
    narrowed: {
      type: 'object',
      description: 'What an approver narrowed the request to, written together with the approval. Optional. Defaults to the whole request.',
      properties: {
        durationSeconds: {
          type: 'integer',
          format: 'int32',
          description: 'Shorter lifetime of the grant, in seconds. Optional. Defaults to the requested lifetime.',
          minimum: 1,
          maximum: 604800,
        },
        maxUses: {
          type: 'integer',
          format: 'int32',
          description: 'Lower number of uses. Optional. Defaults to the requested number.',
          minimum: 1,
          maximum: 100000,
        },
        rules: {
          type: 'array',
          description: 'Rules that are a subset of the requested rules. Optional. Defaults to the requested rules.',
          items: accessRuleSchema,
        },
        reveal: {
          type: 'array',
          description: 'Keys of Secrets that are a subset of the requested ones. Optional. Defaults to the requested ones.',
          items: revealSchema,
        },
      },
    },
    requiredApprovals: {
      type: 'integer',
      format: 'int32',
      description: 'Number of distinct approvers that must agree: the highest of all policies that govern the requester. Set by the server.',
    },
    approvals: approvalsStatusSchema,
    autoApproval: autoApprovalSchema,
    policies: {
      type: 'array',
      description: 'AccessPolicies that govern the requester. An approver needs the verb certify on each. Set by the server.',
      items: { type: 'string', description: 'A name.' },
    },
    risk: {
      type: 'string',
      enum: ['Low', 'Medium', 'High', 'Critical'],
      description:
        'Risk of the request: the highest that the classification, or a rule of any policy that governs the requester, gives to any part of it. Set by the server at creation, and only raised later. Absent reads as Critical.',
    },
    unseen: {
      type: 'boolean',
      description:
        'Sent with an approval, never stored: the approver knows that spec.operation.cut is not shown, and still approves. Optional. Defaults to false: the approval of a cut plan is refused.',
    },
    nameReused: {
      type: 'boolean',
      description:
        'Whether another request of this name was deleted in the 24 hours before this one was created, so that the name alone does not say which one is meant. Set by the server. Optional. Defaults to false.',
    },
    passkey: assertionSchema,
    decidedBy: decidedBySchema,
    expiresAt: { type: 'string', format: 'date-time', description: 'Time at which an undecided request expires. Set by the server.' },
    notifications: deliveriesSchema,
    grantName: { type: 'string', description: 'AccessGrant that the approval created, or extended. Absent until the request is approved.' },
    extension: extensionSchema,
    phase: {
      type: 'string',
      enum: ['Pending', 'Approved', 'Denied', 'Withdrawn', 'Expired', 'Failed'],
      description: 'Summary for people. Computed from the conditions and the time on each read; never stored.',
    },
  },
} as const

export type AccessRequestSpec = Of<typeof accessRequestSpecSchema>
export type AccessRequestStatus = Of<typeof accessRequestStatusSchema>
export type Narrowed = NonNullable<AccessRequestStatus['narrowed']>
export type AccessRequest = Resource<AccessRequestSpec, AccessRequestStatus>
export type RequestPhase = NonNullable<AccessRequestStatus['phase']>

/** The phase at a time. A decision takes precedence over the clock: an approved request does not expire, its grant does. */
export function requestPhase(status: AccessRequestStatus | undefined, nowMs: number): RequestPhase {
  for (const type of ['Denied', 'Approved', 'Withdrawn', 'Failed', 'Expired'] as const) {
    if (holds(status?.conditions, type)) return type
  }
  const expiresAt = status?.expiresAt
  return expiresAt !== undefined && nowMs >= Date.parse(expiresAt) ? 'Expired' : 'Pending'
}
