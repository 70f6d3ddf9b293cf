import { createPublicKey, createSecretKey } from 'node:crypto'
import { importJWK, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import type { Order } from './order.ts'
import { createSigningKey, type Algorithm, type SigningKey } from './signing-keys.ts'

export type Mint = { readonly issuer: string; readonly keys: readonly SigningKey[]; readonly nowSeconds: number }

/** Issues the ID token that an order describes. It does not judge the order: a client with the minting secret may have any token. */
export async function mint(order: Order, { issuer, keys, nowSeconds }: Mint): Promise<string> {
  const payload = payloadOf(order, issuer, nowSeconds)
  if (order.alg === 'none') return new UnsecuredJWT(payload).encode()
  const published = publishedKey(keys, order.alg === 'HS256' ? 'RS256' : order.alg)
  const header = { alg: order.alg, kid: published.kid, typ: 'JWT' }
  // The known confusion attack: a verifier that accepts HS256 uses the bytes of the public key, which anyone can read, as the secret.
  if (order.alg === 'HS256') return await new SignJWT(payload).setProtectedHeader(header).sign(createSecretKey(publicPem(published)))
  const key = order.key === 'foreign' ? await createSigningKey(order.alg) : published
  return await new SignJWT(payload).setProtectedHeader(header).sign(await importJWK(key.jwk, key.alg))
}

function payloadOf(order: Order, issuer: string, nowSeconds: number): JWTPayload {
  const [only, ...more] = order.audiences
  const payload: JWTPayload = {
    iss: issuer,
    sub: order.subject,
    aud: only !== undefined && more.length === 0 ? only : [...order.audiences],
    iat: order.ttlSeconds < 0 ? nowSeconds + order.ttlSeconds - 1 : nowSeconds,
    exp: nowSeconds + order.ttlSeconds,
    groups: order.groups,
    ...order.claims,
  }
  return Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== null))
}

function publishedKey(keys: readonly SigningKey[], alg: Algorithm): SigningKey {
  const found = keys.find((key) => key.alg === alg)
  if (found === undefined) throw new Error(`the provider has no key for ${alg}`)
  return found
}

const publicPem = ({ jwk }: SigningKey): Buffer => Buffer.from(createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
