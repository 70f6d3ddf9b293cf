import { createHash } from 'node:crypto'
import type { ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { ALGORITHMS, registrationChallenge } from '../../../domain/approval/passkey-challenge.ts'

/** How long a browser waits for the authenticator. */
const TIMEOUT_MS = 240_000

const descriptorOf = ({ status }: ApproverKey): object => ({
  id: status?.credentialID ?? '',
  type: 'public-key',
  ...(status?.transports === undefined ? {} : { transports: status.transports }),
})

/** What `startRegistration` takes, for a key that is not registered. An authenticator that has a key of the user already makes no other. */
export const registrationOptions = (key: ApproverKey, own: readonly ApproverKey[]): object => {
  const owner = key.spec.user?.username ?? ''
  return {
    challenge: registrationChallenge({ uid: key.metadata.uid ?? '', owner }),
    rp: { id: key.status?.rpID, name: 'jit-access' },
    user: { id: createHash('sha256').update(`jit-access user ${owner}`).digest('base64url'), name: owner, displayName: owner },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    attestation: 'none',
    excludeCredentials: own.filter(({ status }) => status?.credentialID !== undefined).map(descriptorOf),
    timeout: TIMEOUT_MS,
  }
}

/** What `startAuthentication` takes: one of these keys signs the challenge. */
export const assertionOptions = (challenge: string, keys: readonly ApproverKey[]): object => ({
  challenge,
  rpId: keys[0]?.status?.rpID,
  allowCredentials: keys.map(descriptorOf),
  userVerification: 'required',
  timeout: TIMEOUT_MS,
})
