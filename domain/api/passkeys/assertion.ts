import type { Of } from '../schema.ts'

/** Bytes in base64url without padding, as WebAuthn writes them in JSON. */
export const bytes = (description: string, maxLength: number) =>
  ({ type: 'string', description, pattern: '^[A-Za-z0-9_-]+$', minLength: 1, maxLength }) as const

/** `status.passkey` of a request. */
export const assertionSchema = {
  type: 'object',
  description:
    'Sent with an approval, never stored: a WebAuthn assertion of the approver over what is approved. Required where status.approvals.passkey is true. Optional. Defaults to none.',
  required: ['key', 'issuedAt', 'authenticatorData', 'clientDataJSON', 'signature'],
  properties: {
    key: { type: 'string', description: 'ApproverKey that signed. Required.', minLength: 1, maxLength: 253 },
    issuedAt: {
      type: 'string',
      format: 'date-time',
      description: 'Time of the challenge, which contains it. The assertion is valid for five minutes from then. Required.',
      maxLength: 64,
    },
    authenticatorData: bytes('Data of the authenticator, in base64url. Required.', 4096),
    clientDataJSON: bytes('Data of the client, in base64url. Required.', 8192),
    signature: bytes('Signature, in base64url. Required.', 4096),
  },
} as const

/** `status.reviews[].passkey` of a request. */
export const reviewPasskeySchema = {
  type: 'object',
  description: 'The passkey that the approval was made with. Set by the server. Absent when there was none.',
  required: ['key', 'fingerprint', 'assertion'],
  properties: {
    key: { type: 'string', description: 'ApproverKey that signed.' },
    fingerprint: { type: 'string', description: 'Fingerprint of its public key.' },
    assertion: { type: 'string', description: 'SHA-256 of the assertion, in hex.' },
  },
} as const

export type Assertion = Of<typeof assertionSchema>
export type ReviewPasskey = Of<typeof reviewPasskeySchema>
