import { decodeProtectedHeader, EncryptJWT, jwtDecrypt, type JWTPayload } from 'jose'

/** A key of one purpose. What is sealed for one purpose never opens for another, since each has keys of its own. */
export type PurposeKey = { readonly id: string; readonly key: Uint8Array }
/** The first key seals. All of them open. */
export type PurposeKeys = readonly [PurposeKey, ...PurposeKey[]]

/** Encrypts and authenticates claims as a JWE (`dir`, A256GCM) with the first key. It expires. */
export async function seal([first]: PurposeKeys, sealed: { readonly claims: JWTPayload; readonly expiresAtMs: number }): Promise<string> {
  return await new EncryptJWT(sealed.claims)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: first.id })
    .setExpirationTime(Math.ceil(sealed.expiresAtMs / 1000))
    .encrypt(first.key)
}

/** The claims of a token that one of the keys sealed, and that has not expired. Undefined for any other text. */
export async function unseal(
  keys: PurposeKeys,
  { token, nowMs }: { readonly token: string; readonly nowMs: number },
): Promise<JWTPayload | undefined> {
  try {
    const { kid } = decodeProtectedHeader(token)
    const found = keys.find(({ id }) => id === kid)
    if (found === undefined) return undefined
    const { payload } = await jwtDecrypt(token, found.key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
      requiredClaims: ['exp'],
      currentDate: new Date(nowMs),
    })
    return payload
  } catch {
    return undefined // forged, cut, of an unknown key, or expired: its bearer does not learn which
  }
}
