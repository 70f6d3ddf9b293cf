import type { Of } from '../schema.ts'
import { subjectSchema } from '../subject.ts'

const count = (description: string) => ({ type: 'integer', format: 'int32', description, minimum: 0 }) as const
const strings = (description: string, each: string) => ({ type: 'array', description, items: { type: 'string', description: each } }) as const

const missingSchema = {
  type: 'object',
  description: 'Approvals that are missing.',
  required: ['count'],
  properties: {
    count: count('Number of further users that must approve. Set by the server.'),
    policy: { type: 'string', description: 'AccessPolicy whose groups miss them. Absent when any approver counts.' },
    groups: strings('Groups of the policy, each of which the users may belong to. Absent when any approver counts.', 'A name.'),
    subjects: {
      type: 'array',
      description: 'Subjects of these groups. Absent when any approver counts.',
      items: subjectSchema,
    },
  },
} as const

/** What a request still needs. It names subjects, so that the reader of the request can tell for whom it waits. */
export const approvalsStatusSchema = {
  type: 'object',
  description: 'Approvals of the request, as of its creation or its latest decision. Set by the server.',
  required: ['required', 'given', 'message'],
  properties: {
    required: count('Number of distinct users that must approve: the highest of all policies that govern the requester.'),
    given: count('Number of distinct users that approved and whose approvals count.'),
    missing: { type: 'array', description: 'What is missing. Absent when nothing is.', items: missingSchema },
    namespaces: strings(
      'Namespaces in which approvers need the verb certify on each of status.policies; "" stands for the cluster scope.',
      'A namespace.',
    ),
    passkey: {
      type: 'boolean',
      description: 'Whether each approval needs a passkey of its approver, under spec.approvals.passkey of a policy. Absent when none does.',
    },
    message: { type: 'string', description: 'The same for people.' },
  },
} as const

export type Missing = Of<typeof missingSchema>
