import { subjectSchema } from '../subject.ts'

/** The most grants between a transferred grant and the one that was approved, which counts too. */
export const MAX_DEPTH = 3
/** The most transfers of one grant, those of transferred grants included. */
export const MAX_TRANSFERS = 16

/** `spec.requests.transfer` of a policy. */
export const transferPolicySchema = {
  type: 'object',
  description:
    'Who may receive a part of a grant from its subject, without another approval. Every policy that governs the subject or the receiver must name the receiver, also while the part is used. Optional. Defaults to nobody.',
  required: ['to'],
  properties: {
    to: {
      type: 'array',
      description:
        'Users and ServiceAccounts; the name of a Group matches nobody. The grant is of use only to those that its policy governs. Required.',
      items: subjectSchema,
      minItems: 1,
      maxItems: 256,
    },
  },
} as const

/** `spec.transferredFrom` of a grant. */
export const transferredFromSchema = {
  type: 'array',
  description:
    'Grants that this one is a part of, the approved one first. It gives no access when one of them has ended, and its uses are taken from each of them. Optional. Defaults to none: the grant was approved.',
  items: {
    type: 'object',
    description: 'A grant.',
    required: ['grantName', 'grantUID', 'username'],
    properties: {
      grantName: { type: 'string', description: 'Name of the grant. Required.' },
      grantUID: { type: 'string', description: 'UID of the grant. Required.' },
      username: { type: 'string', description: 'Subject of the grant. Required.' },
    },
  },
  maxItems: MAX_DEPTH,
} as const

/** `status.transfers` of a grant. */
export const transfersSchema = {
  type: 'array',
  description: `Parts of this grant that were transferred, also by their receivers, newest last, at most ${MAX_TRANSFERS}. Absent before the first.`,
  items: {
    type: 'object',
    description: 'One transfer.',
    required: ['grantName', 'to', 'time'],
    properties: {
      grantName: { type: 'string', description: 'Grant of the receiver.' },
      to: { type: 'string', description: 'User that received it.' },
      time: { type: 'string', format: 'date-time', description: 'Time of the transfer.' },
    },
  },
  maxItems: MAX_TRANSFERS,
} as const
