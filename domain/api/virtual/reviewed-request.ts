import { accessRequestSpecSchema } from '../access-request.ts'
import type { Of } from '../schema.ts'

const { policy, rules, reveal, reason, ticket, durationSeconds, maxUses, notBefore, cluster, agent, breakGlass } = accessRequestSpecSchema.properties

/** `spec.request` of an AccessReview: what a requester writes into an AccessRequest. */
export const reviewedRequestSchema = {
  type: 'object',
  description:
    'Spec of an AccessRequest to try instead of verb and resource: the server judges it as if the user created it now, and creates nothing. Optional. Defaults to none: verb and resource are required.',
  properties: { policy, rules, reveal, reason, ticket, durationSeconds, maxUses, notBefore, cluster, agent, breakGlass },
} as const

/** `status.request` of an AccessReview. */
export const requestVerdictSchema = {
  type: 'object',
  description: 'What would become of spec.request. Absent without it.',
  required: ['outcome'],
  properties: {
    outcome: {
      type: 'string',
      enum: ['Refused', 'Pending', 'Approved'],
      description:
        'Refused: the server would not accept the request. Pending: it would wait for approvers. Approved: a rule, or break-glass, would grant it at once.',
    },
    faults: {
      type: 'array',
      description: 'Why it would be refused. Absent when it would be accepted.',
      items: {
        type: 'object',
        description: 'One fault.',
        required: ['message'],
        properties: {
          field: { type: 'string', description: 'Path of the field in an AccessRequest. Absent when the whole request is meant.' },
          message: { type: 'string', description: 'What is wrong with it.' },
        },
      },
    },
    policies: {
      type: 'array',
      description: 'Policies that would govern the request. Absent when it would be refused.',
      items: { type: 'string', description: 'A name.' },
    },
    risk: { type: 'string', description: 'Risk of the request. Absent when it would be refused.' },
    durationSeconds: { type: 'integer', format: 'int32', description: 'Lifetime of the grant, in seconds. Absent when it would be refused.' },
    maxUses: { type: 'integer', format: 'int32', description: 'Uses of the grant. Absent when it has no limit.' },
    approvals: { type: 'string', description: 'Approvals that would be missing, as a clause. Absent when it does not wait for any.' },
    passkey: { type: 'boolean', description: 'Whether each approval would need a passkey of its approver. Absent when none would.' },
    automatic: { type: 'string', description: 'What the rules of spec.approvals.autoApprove say. Absent when no policy has such rules.' },
    warnings: { type: 'array', description: 'Warnings of the server. Absent when there are none.', items: { type: 'string', description: 'One.' } },
  },
} as const

export type ReviewedRequest = Of<typeof reviewedRequestSchema>
export type RequestVerdict = Of<typeof requestVerdictSchema>
