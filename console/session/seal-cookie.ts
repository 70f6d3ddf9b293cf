import type { JWTPayload } from 'jose'
import * as sealing from '../../server/sealing/seal.ts'
import type { SealKey, CookieKeys } from './cookie-keys.ts'

/** What is sealed. Each purpose has keys of its own, so that one never opens as the other. */
export type CookiePurpose = 'sessions' | 'signIns' | 'signOuts'

function keysFor([first, ...others]: CookieKeys, purpose: CookiePurpose): sealing.PurposeKeys {
  const of = (key: SealKey): sealing.PurposeKey => ({ id: key.id, key: key[purpose] })
  return [of(first), ...others.map(of)]
}

/** Encrypts and authenticates claims with the first key. They expire. */
export const seal = (
  keys: CookieKeys,
  purpose: CookiePurpose,
  sealed: { readonly claims: JWTPayload; readonly expiresAtMs: number },
): Promise<string> => sealing.seal(keysFor(keys, purpose), sealed)

/** The claims of a token that one of the keys sealed for this purpose, and that has not expired. Undefined for any other text. */
export const unseal = (
  keys: CookieKeys,
  purpose: CookiePurpose,
  sealed: { readonly token: string; readonly nowMs: number },
): Promise<JWTPayload | undefined> => sealing.unseal(keysFor(keys, purpose), sealed)
