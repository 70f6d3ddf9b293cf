import type { Of } from '../schema.ts'

export const inboxSpecSchema = {
  type: 'object',
  description: 'Part of the inbox to return.',
  properties: {
    namespace: {
      type: 'string',
      description: 'Returns only requests that concern this namespace. Optional. Defaults to requests of all namespaces.',
      maxLength: 253,
    },
    continue: {
      type: 'string',
      description: 'The status.continue of the answer before, for the requests after it. Optional. Defaults to the first requests.',
      maxLength: 4096,
    },
  },
} as const

const approvalsSchema = {
  type: 'object',
  description: 'Number of approvals.',
  required: ['given', 'required'],
  properties: {
    given: { type: 'integer', format: 'int32', description: 'Approvals that count.' },
    required: { type: 'integer', format: 'int32', description: 'Approvals that the policies require.' },
  },
} as const

const rowSchema = {
  type: 'object',
  description: 'One pending request, as a list shows it. Read the AccessRequest for all of it.',
  required: ['name', 'place', 'asks', 'risk'],
  properties: {
    name: { type: 'string', description: 'Name of the AccessRequest.' },
    uid: { type: 'string', description: 'UID of the AccessRequest.' },
    place: {
      type: 'string',
      enum: ['Mine', 'Own', 'Reviewed', 'Others'],
      description:
        'What the caller has to do with it. Mine: it waits for the decision of the caller. Own: the caller requested it. Reviewed: the caller approved it, and it needs another approver. Others: the caller may deny it, but other groups must approve it.',
    },
    requester: { type: 'string', description: 'Username of the requester.' },
    policy: { type: 'string', description: 'AccessPolicy whose approvers decide.' },
    risk: { type: 'string', enum: ['Low', 'Medium', 'High', 'Critical'], description: 'Risk of the request.' },
    asks: { type: 'string', description: 'Requested access in one line. Parts of it can be written by the requester.' },
    reason: { type: 'string', description: 'Reason of the requester. Nothing verifies it. Absent when none was given.' },
    durationSeconds: { type: 'integer', format: 'int32', description: 'Requested lifetime of the grant, in seconds.' },
    maxUses: { type: 'integer', format: 'int32', description: 'Requested number of uses. Absent when only time limits it.' },
    creationTimestamp: { type: 'string', format: 'date-time', description: 'Time at which the request was created.' },
    expiresAt: { type: 'string', format: 'date-time', description: 'Time at which the request expires if nobody decides.' },
    approvals: approvalsSchema,
  },
} as const

export const inboxStatusSchema = {
  type: 'object',
  description: 'Pending requests that the caller requested or may decide.',
  required: ['requests', 'resourceVersion'],
  properties: {
    requests: { type: 'array', description: 'The requests, in no particular order.', items: rowSchema },
    resourceVersion: { type: 'string', description: 'Version of the list of AccessRequests, from which a watch can continue.' },
    continue: { type: 'string', description: 'Set when there are more requests: the spec.continue that returns them.' },
  },
} as const

export type InboxRow = Of<typeof rowSchema>
export type InboxStatus = Of<typeof inboxStatusSchema>
export type InboxPlace = InboxRow['place']
