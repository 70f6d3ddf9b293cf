import { createHash } from 'node:crypto'
import { decodeProtectedHeader } from 'jose'
import type { IDToken } from 'openid-client'
import { CLAIM_DEFAULTS } from '../../server/claims/claim-fields.ts'
import type { OidcConfig } from './config.ts'
import { OidcRefused } from './refused.ts'

/** The hash of a signature algorithm, for `at_hash`. Ed25519 hashes with SHA-512 itself. */
const hashOf = (alg: string): string => (alg.startsWith('Ed') ? 'sha512' : `sha${alg.slice(-3)}`)

/**
 * Checks what openid-client, which has verified signature, issuer, audience, times and nonce, does not: the algorithm, and that the access token beside the ID
 * token belongs to it, if the ID token says to which one it does.
 * @throws OidcRefused Token
 */
export function checkIDToken(
  { idToken, accessToken, claims }: { readonly idToken: string; readonly accessToken: string; readonly claims: IDToken },
  { algorithms = CLAIM_DEFAULTS.algorithms }: Pick<OidcConfig, 'algorithms'>,
): void {
  const { alg = '' } = decodeProtectedHeader(idToken)
  if (!(algorithms as readonly string[]).includes(alg)) throw new OidcRefused('Token', 'it is signed with an algorithm that is not accepted')
  const { at_hash: given } = claims
  if (given === undefined) return
  const digest = createHash(hashOf(alg)).update(accessToken, 'ascii').digest()
  if (given !== digest.subarray(0, digest.length / 2).toString('base64url')) throw new OidcRefused('Token', 'at_hash is of another access token')
}
