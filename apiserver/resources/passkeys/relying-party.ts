import { createHash } from 'node:crypto'
import type { ApproverKeyStatus, Registration } from '../../../domain/api/passkeys/approver-key.ts'
import type { Assertion } from '../../../domain/api/passkeys/assertion.ts'
import { ALGORITHMS } from '../../../domain/approval/passkey-challenge.ts'

/** Where passkeys are made and used: the console. */
export type RelyingParty = { readonly origin: string; readonly rpID: string }

/** What is known of the authenticator after its registration. */
export type Registered = Required<Pick<ApproverKeyStatus, 'credentialID' | 'publicKey' | 'fingerprint' | 'counter' | 'aaguid'>> &
  Required<Pick<ApproverKeyStatus, 'backupEligible' | 'backedUp'>>

/** The assertion does not verify. Its message is for the approver, and quotes nothing that a client sent. */
export class NotVerified extends Error {}

/** Formats of attestations for which the library has certificates of authorities. */
const ATTESTED = ['android-key', 'android-safetynet', 'apple', 'mds'] as const

/**
 * The library and what it imports take 27 MB, which an installation without passkeys does not need. Without certificates of authorities: nothing here counts an
 * attestation, and with one the library fetches lists of revoked certificates from URLs in the certificates that a client sends.
 */
async function library() {
  const loaded = await import('@simplewebauthn/server')
  for (const identifier of ATTESTED) loaded.SettingsService.setRootCertificates({ identifier, certificates: [] })
  return loaded
}

const FINGERPRINT_BYTES = 16

/** 128 bits, in groups that people can read out: nobody finds another key with the same ones. */
export const fingerprintOf = (publicKey: Uint8Array): string =>
  (createHash('sha256').update(publicKey).digest().subarray(0, FINGERPRINT_BYTES).toString('hex').match(/.{4}/g) ?? []).join(' ')

type ClientData = { readonly origin?: unknown; readonly challenge?: unknown; readonly type?: unknown; readonly crossOrigin?: unknown }

function clientDataOf(text: string): ClientData {
  try {
    const data: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (typeof data === 'object' && data !== null) return data
  } catch {
    // Refused below.
  }
  throw new NotVerified('its client data cannot be read')
}

/** What the library checks too, with errors that name what is wrong and quote nothing. */
function checkClientData(
  text: string,
  { type, challenge, origin }: { readonly type: string; readonly challenge: string; readonly origin: string },
): void {
  const data = clientDataOf(text)
  if (data.type !== type) throw new NotVerified(`it is not of the type ${type}`)
  if (data.origin !== origin) throw new NotVerified(`it was not made at ${origin}`)
  if (data.crossOrigin !== undefined && data.crossOrigin !== false) throw new NotVerified('it was made in a frame of another site')
  if (data.challenge !== challenge) throw new NotVerified('its challenge is for something else')
}

/** The errors of the library quote what was sent. */
async function verified<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new NotVerified('it is not for this relying party, without verification of the user, or not well-formed', { cause: error })
  }
}

/** @throws NotVerified */
export async function verifyRegistration(
  { id, clientDataJSON, attestationObject }: Registration,
  challenge: string,
  { origin, rpID }: RelyingParty,
): Promise<Registered> {
  checkClientData(clientDataJSON, { type: 'webauthn.create', challenge, origin })
  const { verifyRegistrationResponse } = await library()
  const { verified: isVerified, registrationInfo } = await verified(() =>
    verifyRegistrationResponse({
      response: { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response: { clientDataJSON, attestationObject } },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...ALGORITHMS],
    }),
  )
  if (!isVerified) throw new NotVerified('its attestation is not valid')
  const { credential, aaguid, credentialDeviceType, credentialBackedUp } = registrationInfo
  if (credential.id !== id) throw new NotVerified('its ID is not that of the credential')
  return {
    credentialID: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    fingerprint: fingerprintOf(credential.publicKey),
    counter: credential.counter,
    aaguid,
    backupEligible: credentialDeviceType === 'multiDevice',
    backedUp: credentialBackedUp,
  }
}

/** `backupEligible`: as at the registration. Undefined: not known, for a key of an earlier version. */
export type Signer = {
  readonly credentialID: string
  readonly publicKey: string
  readonly counter: number
  readonly backupEligible?: boolean | undefined
}
export type Signed = {
  readonly counter: number
  readonly backedUp: boolean
  /** Whether the authenticator counts, and did not count on: there may be a copy of the key. */
  readonly regressed: boolean
}

/**
 * Checks an assertion. The counter is judged after the signature, since otherwise anybody could report one for the key of somebody else.
 * @throws NotVerified
 */
export async function verifyAssertion(
  { authenticatorData, clientDataJSON, signature }: Assertion,
  { credentialID: id, publicKey, counter: before, backupEligible }: Signer,
  { challenge, origin, rpID }: RelyingParty & { readonly challenge: string },
): Promise<Signed> {
  checkClientData(clientDataJSON, { type: 'webauthn.get', challenge, origin })
  const { verifyAuthenticationResponse } = await library()
  const { verified: isVerified, authenticationInfo } = await verified(() =>
    verifyAuthenticationResponse({
      response: { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response: { authenticatorData, clientDataJSON, signature } },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      credential: { id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter: 0 },
      requireUserVerification: true,
    }),
  )
  if (!isVerified) throw new NotVerified('its signature is not one of this key')
  const { newCounter: counter, credentialBackedUp: backedUp, credentialDeviceType } = authenticationInfo
  // It never changes for a credential: https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion
  if (backupEligible !== undefined && backupEligible !== (credentialDeviceType === 'multiDevice'))
    throw new NotVerified('it says otherwise than at its registration whether the key may be copied to other devices')
  return { counter, backedUp, regressed: (counter > 0 || before > 0) && counter <= before }
}
