import { formatSubject, subjectSchema } from './subject.ts'
import { conditionsSchema, holds } from './conditions.ts'
import { deliveriesSchema } from './notifications/notification.ts'
import type { Resource } from './object-meta.ts'
import { userSchema } from './rules.ts'
import type { Of } from './schema.ts'

export const accessSuspensionSpecSchema = {
  type: 'object',
  description: 'Which agents are stopped. Exactly one of subjects, policy and all is required. Immutable after creation.',
  required: ['reason'],
  properties: {
    subjects: {
      type: 'array',
      description:
        'Users, groups and ServiceAccounts that are stopped. User names are compared without regard to case. Optional. Defaults to none: policy or all is required.',
      items: subjectSchema,
      minItems: 1,
      maxItems: 64,
    },
    policy: {
      type: 'string',
      description: 'AccessPolicy whose agents are stopped, in each of its modes. Optional. Defaults to none: subjects or all is required.',
      minLength: 1,
      maxLength: 253,
    },
    all: {
      type: 'boolean',
      description: 'Whether all agents are stopped; only true is accepted. Optional. Defaults to false: subjects or policy is required.',
    },
    reason: { type: 'string', description: 'Why, for the agents and for people. Required.', minLength: 1, maxLength: 1024 },
    suspendedBy: { ...userSchema, description: 'User that created the suspension. Set by the server.' },
  },
} as const

export const accessSuspensionStatusSchema = {
  type: 'object',
  description: 'Whether the suspension is in force. The server maintains it and drops it on creation.',
  properties: {
    conditions: conditionsSchema,
    liftedBy: { ...userSchema, description: 'User that lifted the suspension. Set by the server. Absent until then.' },
    notifications: deliveriesSchema,
    phase: {
      type: 'string',
      enum: ['InForce', 'Lifted'],
      description: 'Summary for people. Computed from the conditions on each read; never stored.',
    },
  },
} as const

export type AccessSuspensionSpec = Of<typeof accessSuspensionSpecSchema>
export type AccessSuspensionStatus = Of<typeof accessSuspensionStatusSchema>
export type AccessSuspension = Resource<AccessSuspensionSpec, AccessSuspensionStatus>

/** Whether the suspension still stops its agents. Anything but the condition Lifted with status True does. */
export const isInForce = ({ status }: Pick<AccessSuspension, 'status'>): boolean => !holds(status?.conditions, 'Lifted')

/** Whom a suspension stops, for people: `all agents`, `agents of policy "ci"` or `User oidc:bot`. */
export function formatSuspended({ subjects = [], policy, all }: AccessSuspensionSpec): string {
  if (all === true) return 'all agents'
  if (policy !== undefined) return `agents of policy "${policy}"`
  return subjects.map(formatSubject).join(', ')
}

/** The suspension with the condition that lifts it. @param reason which program lifts */
export const withLift = (
  suspension: AccessSuspension,
  { reason, message }: { readonly reason: string; readonly message: string },
): AccessSuspension => ({
  ...suspension,
  status: { ...suspension.status, conditions: [{ type: 'Lifted', status: 'True', reason, message }] },
})
