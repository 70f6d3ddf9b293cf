import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkIDToken } from '../../../login/oidc/id-token.ts'

const CLAIMS = { iss: 'https://idp.test', sub: 'alice', aud: 'jit-login', iat: 1, exp: 2 }

/** An ID token whose signature was verified before. */
const withAlg = (alg: string): string => `${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.e30.`

const halfOf = (hash: string, text: string): string => {
  const digest = createHash(hash).update(text).digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}

const checkAlg = (alg: string, config = {}): void => checkIDToken({ idToken: withAlg(alg), accessToken: 'a', claims: CLAIMS }, config)

describe('an ID token', () => {
  it('has an algorithm of the configuration, RS256 or ES256 by default', () => {
    for (const alg of ['RS256', 'ES256']) expect(() => checkAlg(alg)).not.toThrow()
    for (const alg of ['PS256', 'ES384', 'HS256', 'none']) expect(() => checkAlg(alg)).toThrow('an algorithm that is not accepted')
    expect(() => checkAlg('ES384', { algorithms: ['ES384'] })).not.toThrow()
    expect(() => checkAlg('RS256', { algorithms: ['ES384'] })).toThrow('an algorithm that is not accepted')
  })
  it.each([
    ['RS256', 'sha256'],
    ['PS384', 'sha384'],
    ['ES512', 'sha512'],
    ['EdDSA', 'sha512'],
    ['Ed25519', 'sha512'],
  ] as const)('of %s names its access token by half of %s', (alg, hash) => {
    const check = (at_hash: string) =>
      checkIDToken({ idToken: withAlg(alg), accessToken: 'mine', claims: { ...CLAIMS, at_hash } }, { algorithms: [alg] })
    expect(() => check(halfOf(hash, 'mine'))).not.toThrow()
    expect(() => check(halfOf(hash, 'theirs'))).toThrow('at_hash')
    expect(() => check(halfOf(hash === 'sha256' ? 'sha512' : 'sha256', 'mine'))).toThrow('at_hash')
  })
})
