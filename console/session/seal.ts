import { decodeProtectedHeader, EncryptJWT, jwtDecrypt, type JWTPayload } from 'jose'
import type { SealKeys } from './keys.ts'

/** What is sealed. Each purpose has keys of its own, so that one never opens as the other. */
export type Purpose = 'sessions' | 'signIns'

/** Encrypts and authenticates claims as a JWE (`dir`, A256GCM) with the first key. It expires. */
export async function seal(keys: SealKeys, purpose: Purpose, sealed: { readonly claims: JWTPayload; readonly expiresAtMs: number }): Promise<string> {
  const [first] = keys
  return await new EncryptJWT(sealed.claims)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: first.id })
    .setExpirationTime(Math.ceil(sealed.expiresAtMs / 1000))
    .encrypt(first[purpose])
}

/** The claims of a token that one of the keys sealed for this purpose, and that has not expired. Undefined for any other text. */
export async function unseal(
  keys: SealKeys,
  purpose: Purpose,
  { token, nowMs }: { readonly token: string; readonly nowMs: number },
): Promise<JWTPayload | undefined> {
  try {
    const { kid } = decodeProtectedHeader(token)
    const key = keys.find(({ id }) => id === kid)
    if (key === undefined) return undefined
    const { payload } = await jwtDecrypt(token, key[purpose], {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
      requiredClaims: ['exp'],
      currentDate: new Date(nowMs),
    })
    return payload
  } catch {
    return undefined // forged, cut, of an unknown key, or expired: all the same to its bearer
  }
}
