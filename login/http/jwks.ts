import { createHash } from 'node:crypto'
import type { RequestHandler } from 'express'
import type { SigningKeys } from '../keys/signing-keys.ts'

/** How long verifiers may keep the keys. A new key is published for longer than that before it signs: docs/how-to/login.md. */
export const JWKS_SECONDS = 300

/** The members of a public key. Whatever else a key has is left out. */
const PUBLIC = ['kty', 'kid', 'alg', 'use', 'n', 'e', 'crv', 'x', 'y'] as const

/** The public keys, which verifiers cache. */
export const serveJwks =
  (keys: () => SigningKeys): RequestHandler =>
  (request, response) => {
    const published = keys().published.map((key) =>
      Object.fromEntries(PUBLIC.flatMap((member) => (key[member] === undefined ? [] : [[member, key[member]]]))),
    )
    const body = JSON.stringify({ keys: published })
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
    response.set({
      'cache-control': `public, max-age=${JWKS_SECONDS}`,
      etag,
      // Verifiers in browsers may read it too: it is public.
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    })
    if (request.headers['if-none-match'] === etag) return void response.status(304).end()
    response.type('application/jwk-set+json').send(body)
  }
