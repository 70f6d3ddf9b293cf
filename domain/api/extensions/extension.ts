/** The most extensions of one grant. */
export const MAX_EXTENSIONS = 32

/** `spec.extends` of a request. */
export const extendsSchema = {
  type: 'string',
  description:
    'AccessGrant of the requester that the approval extends, instead of creating one. It must be live, at the creation and at the approval. The server copies its policy, rules, reveal, maxUses and cluster; a field that is sent must be the same. The grant then ends durationSeconds after the approval, and keeps its uses. Not for a grant of break-glass, or for an operation. Optional. Defaults to a new grant.',
  maxLength: 253,
} as const

/** `status.extension` of a request. */
export const extensionSchema = {
  type: 'object',
  description: 'Extension of the grant that spec.extends names. Set by the server. Absent when spec.extends is.',
  required: ['grantUID'],
  properties: {
    grantUID: { type: 'string', description: 'UID of the grant. A later grant of the same name is not extended.' },
    expiresAt: { type: 'string', format: 'date-time', description: 'Time at which the grant expires since the approval. Absent until then.' },
  },
} as const

/** `status.extensions` of a grant. */
export const extensionsSchema = {
  type: 'array',
  description: `Approved extensions, newest last, at most ${MAX_EXTENSIONS}. The grant expires when the last one says. Absent before the first.`,
  items: {
    type: 'object',
    description: 'One extension.',
    required: ['requestName', 'time', 'expiresAt'],
    properties: {
      requestName: { type: 'string', description: 'AccessRequest whose approval extended the grant.' },
      time: { type: 'string', format: 'date-time', description: 'Time of the approval.' },
      expiresAt: { type: 'string', format: 'date-time', description: 'Time at which the grant expires since then.' },
    },
  },
  maxItems: MAX_EXTENSIONS,
} as const
