import { generateKeyPair, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { exportJWK, type JWK } from 'jose'

/** Algorithms of the keys that the provider signs with and publishes. The first key of an algorithm signs. */
export const ALGORITHMS = ['RS256', 'ES256', 'PS256'] as const
export type Algorithm = (typeof ALGORITHMS)[number]
export type SigningKey = { readonly kid: string; readonly alg: Algorithm; readonly jwk: JWK }

const generate = promisify(generateKeyPair)

export async function createSigningKey(alg: Algorithm): Promise<SigningKey> {
  const pair = await (alg === 'ES256' ? generate('ec', { namedCurve: 'P-256' }) : generate('rsa', { modulusLength: 2048 }))
  const kid = randomUUID()
  return { kid, alg, jwk: { ...(await exportJWK(pair.privateKey)), kid, alg, use: 'sig' } }
}

export const createSigningKeys = (): Promise<readonly SigningKey[]> => Promise.all(ALGORITHMS.map(createSigningKey))
