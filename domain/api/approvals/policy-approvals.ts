import type { Of } from '../schema.ts'
import { subjectSchema } from '../subject.ts'

/** Maximum number of distinct users that one policy can require. */
export const MAX_APPROVERS = 10

const required = (description: string) => ({ type: 'integer', format: 'int32', description, minimum: 1, maximum: MAX_APPROVERS }) as const

export const requiredByRiskSchema = {
  type: 'object',
  description:
    'Number of distinct users that must approve a request of a risk. A risk needs at least what the lower risks need, and never fewer than required. Optional. Defaults to required for every risk.',
  properties: {
    Low: required('For the risk Low. Optional. Defaults to required.'),
    Medium: required('For the risk Medium. Optional. Defaults to the number for Low.'),
    High: required('For the risk High. Optional. Defaults to the number for Medium.'),
    Critical: required('For the risk Critical. Optional. Defaults to the number for High.'),
  },
} as const

const approvalGroupSchema = {
  type: 'object',
  description: 'Users of whom some must approve.',
  required: ['name', 'subjects'],
  properties: {
    name: {
      type: 'string',
      description: 'Name of the group, for messages. Required.',
      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
      minLength: 1,
      maxLength: 63,
    },
    subjects: {
      type: 'array',
      description: 'Users, groups and ServiceAccounts that belong to it. They also need the verb certify on the policy. Required.',
      items: subjectSchema,
      minItems: 1,
      maxItems: 64,
    },
    required: required('Number of distinct users of the group that must approve. Optional. Defaults to 1.'),
  },
} as const

export const approvalGroupsSchema = {
  type: 'array',
  description:
    'Groups that must each approve. A user who belongs to several of them counts for one of them only. The approvals together are at least required. Optional. Defaults to none: every approver counts.',
  items: approvalGroupSchema,
  maxItems: 10,
} as const

export type ApprovalGroup = Of<typeof approvalGroupSchema>
