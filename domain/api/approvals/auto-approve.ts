import type { Of } from '../schema.ts'
import { ruleWindowsSchema } from './windows.ts'

/** What a rule approves without an approver at most in an hour, unless it says otherwise. */
export const DEFAULT_PER_HOUR = 10

const autoApproveRuleSchema = {
  type: 'object',
  description: 'A rule that approves requests in place of the approvers.',
  required: ['name', 'condition'],
  properties: {
    name: {
      type: 'string',
      description: 'Name of the rule, for status.decidedBy of requests and for records. Unique in the policy. Required.',
      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
      minLength: 1,
      maxLength: 63,
    },
    condition: {
      type: 'string',
      description:
        'CEL expression over request, rules, operation, risk, requester, agent, now and history that must be true; docs/reference/auto-approve.md lists the variables. When it fails, the request waits for an approver. Required.',
      minLength: 1,
      maxLength: 4096,
    },
    windows: ruleWindowsSchema,
    perHour: {
      type: 'integer',
      format: 'int32',
      description:
        'Number of requests that the rule approves for one requester in an hour; a request after these waits for an approver. Optional. Defaults to 10.',
      minimum: 1,
      maximum: 500,
    },
    maxDurationSeconds: {
      type: 'integer',
      format: 'int32',
      description:
        'Maximum lifetime of the grant, in seconds; a longer request is shortened to it. Optional. Defaults to requests.maxDurationSeconds.',
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
  },
} as const

/** `spec.approvals.autoApprove` of a policy. */
export const autoApproveSchema = {
  type: 'array',
  description:
    'Rules that approve a request when it is created, in place of the approvers; the first that applies decides. When several policies govern the requester, a rule of each must approve it. No rule approves a request whose risk is Critical, whose approval needs a passkey, that reveals Secrets, that starts later, or that asks for something that conditions cannot see. Optional. Defaults to none: approvers decide every request.',
  items: autoApproveRuleSchema,
  maxItems: 32,
} as const

/** `status.autoApproval` of a request. */
export const autoApprovalSchema = {
  type: 'object',
  description:
    'What the rules of spec.approvals.autoApprove said when the request was created. Set by the server. Absent when no policy of the requester has such rules, and for break-glass.',
  required: ['outcome', 'message'],
  properties: {
    outcome: {
      type: 'string',
      enum: ['Approved', 'NoRule', 'NotEligible', 'Exhausted', 'Failed'],
      description:
        'Approved: the rules approved it. NoRule: no rule of a policy applies. NotEligible: no rule may approve such a request. Exhausted: the rule has approved as many requests of the requester in the last hour as it may. Failed: a condition could not be evaluated.',
    },
    message: { type: 'string', description: 'The same for people, with the names of policies and rules.' },
  },
} as const

export type AutoApproveRule = Of<typeof autoApproveRuleSchema>
export type AutoApproval = Of<typeof autoApprovalSchema>

/** The rule of a policy in records and messages: `POLICY/RULE`. Neither name has a slash. */
export const ruleName = (policy: string, rule: string): string => `${policy}/${rule}`
