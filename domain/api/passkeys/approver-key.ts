import { conditionsSchema, holds } from '../conditions.ts'
import type { Resource } from '../object-meta.ts'
import { userSchema } from '../rules.ts'
import type { Of } from '../schema.ts'
import { bytes } from './assertion.ts'

/** Time to register a key after its object was created. */
export const REGISTER_WITHIN_SECONDS = 600

export const approverKeySpecSchema = {
  type: 'object',
  description: 'A passkey of one approver. Immutable after creation.',
  properties: {
    user: { ...userSchema, description: 'User that owns the key: the one that created the object. Set by the server.' },
    label: {
      type: 'string',
      description: 'What its owner calls the key, for example the device. Nothing verifies it. Optional. Defaults to none.',
      maxLength: 64,
    },
  },
} as const

const registrationSchema = {
  type: 'object',
  description:
    'Sent to the subresource registration, never stored: the response of the WebAuthn authenticator. Its challenge is bound to the UID of this object and to its owner. Optional. Defaults to none.',
  required: ['id', 'clientDataJSON', 'attestationObject'],
  properties: {
    id: bytes('ID of the credential, in base64url. Required.', 1366),
    clientDataJSON: bytes('Data of the client, in base64url. Required.', 8192),
    attestationObject: bytes('Attestation object, in base64url. Required.', 16384),
    transports: {
      type: 'array',
      description: 'How a browser reaches the authenticator. Optional. Defaults to unknown.',
      items: { type: 'string', description: 'A transport, such as usb or internal.', pattern: '^[a-z-]+$', maxLength: 32 },
      maxItems: 8,
    },
  },
} as const

export const approverKeyStatusSchema = {
  type: 'object',
  description: 'Observed state of the key. The server maintains it and drops it on creation.',
  properties: {
    conditions: conditionsSchema,
    registration: registrationSchema,
    expiresAt: {
      type: 'string',
      format: 'date-time',
      description: 'Time until which the key must be registered. Set by the server. Absent once it is.',
    },
    rpID: { type: 'string', description: 'Relying party ID that the key is for: a domain. Set by the server.' },
    credentialID: { type: 'string', description: 'ID of the credential, in base64url. Set by the server. Absent until it is registered.' },
    publicKey: { type: 'string', description: 'COSE public key, in base64url. Set by the server. Absent until it is registered.' },
    fingerprint: {
      type: 'string',
      description:
        'First 128 bits of the SHA-256 of the public key, in hex. Who confirms the key compares it with the one that the owner reads out. Set by the server. Absent until the key is registered.',
    },
    counter: {
      type: 'integer',
      format: 'int64',
      description: 'Signature counter of the authenticator at its last use. Authenticators that do not count report 0. Set by the server.',
      minimum: 0,
    },
    transports: {
      type: 'array',
      description: 'How a browser reaches the authenticator, as the browser reported it. Absent when it is unknown.',
      items: { type: 'string', description: 'A transport.' },
    },
    aaguid: { type: 'string', description: 'Model of the authenticator, as it reported it unproven. Absent until the key is registered.' },
    backupEligible: {
      type: 'boolean',
      description: 'Whether the authenticator may copy the key to other devices, as synchronized passkeys are. Set by the server.',
    },
    backedUp: { type: 'boolean', description: 'Whether it had copied the key at its last use. Set by the server.' },
    registeredAt: { type: 'string', format: 'date-time', description: 'Time of the registration. Set by the server. Absent until then.' },
    confirmedBy: { ...userSchema, description: 'User that confirmed the key. Set by the server. Absent until then.' },
    revokedBy: { type: 'string', description: 'User that revoked the key. Set by the server. Absent until then, and when the server did.' },
    lastUsed: {
      type: 'string',
      format: 'date-time',
      description: 'Time of the last approval with the key. Set by the server. Absent until the first.',
    },
    phase: {
      type: 'string',
      enum: ['Unregistered', 'Unconfirmed', 'Confirmed', 'Revoked'],
      description: 'Summary for people. Only a Confirmed key counts. Computed from the conditions on each read; never stored.',
    },
  },
} as const

export type ApproverKeySpec = Of<typeof approverKeySpecSchema>
export type ApproverKeyStatus = Of<typeof approverKeyStatusSchema>
export type ApproverKey = Resource<ApproverKeySpec, ApproverKeyStatus>
export type Registration = NonNullable<ApproverKeyStatus['registration']>
export { registrationSchema }

/** Only Confirmed counts. A key is registered once, confirmed once, and never stands again after a revocation. */
export function keyPhase({ status }: Pick<ApproverKey, 'status'>): NonNullable<ApproverKeyStatus['phase']> {
  if (holds(status?.conditions, 'Revoked')) return 'Revoked'
  if (status?.publicKey === undefined || status.credentialID === undefined) return 'Unregistered'
  return holds(status.conditions, 'Confirmed') ? 'Confirmed' : 'Unconfirmed'
}

/** Whether approvals with the key count. One that is being deleted does not. */
export const isUsableKey = (key: Pick<ApproverKey, 'metadata' | 'status'>): boolean =>
  keyPhase(key) === 'Confirmed' && key.metadata.deletionTimestamp === undefined
