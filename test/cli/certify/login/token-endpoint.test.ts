import { UnsecuredJWT } from 'jose'
import * as oidc from 'openid-client'
import { expect, it } from 'vitest'
import { discover, failureOf, renew } from '../../../../cli/certify/login/token-endpoint.ts'
import { fakeIO } from '../../../fakes/io.ts'

it('repeats the words of the provider without what would steer the terminal', () => {
  const cause = new URLSearchParams({ error: 'access_denied', error_description: 'no\u001b]0;title\u0007 way\u202e' })
  const { message } = failureOf(new oidc.AuthorizationResponseError('refused', { cause }))
  expect(message).toContain('did not sign you in: no')
  expect(message).not.toMatch(/\p{Cc}|\p{Cf}/u)
})

const ISSUER = 'https://idp.example.com'
/** Nobody verifies the signature of what comes from the token endpoint by TLS. */
function idTokenOf(sub: string): string {
  const now = Math.floor(Date.now() / 1000)
  const [, payload = ''] = new UnsecuredJWT({ iss: ISSUER, aud: 'kubectl', sub, iat: now, exp: now + 600 }).encode().split('.')
  return `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${payload}.${Buffer.from('s').toString('base64url')}`
}

it.each([
  ['alice', true],
  ['mallory', false],
])('renews a token of alice as one of %s: %s', async (sub, isRenewed) => {
  const server = new oidc.Configuration({ issuer: ISSUER, token_endpoint: `${ISSUER}/token` }, 'kubectl', {}, oidc.None())
  server[oidc.customFetch] = () => Promise.resolve(Response.json({ access_token: 'a', token_type: 'Bearer', id_token: idTokenOf(sub) }))
  const renewed = renew(server, { idToken: idTokenOf('alice'), expiresAtMs: 0, refreshToken: 'r' })
  if (isRenewed) expect(await renewed).toMatchObject({ refreshToken: 'r' })
  else await expect(renewed).rejects.toThrow('somebody else')
})

it('asks a provider through the proxy of the environment', async () => {
  // Nobody listens there.
  const io = { ...fakeIO(), env: { HTTPS_PROXY: 'http://127.0.0.1:1' } }
  await expect(discover(io, { issuer: 'https://idp.invalid', client: 'kubectl', scopes: [], port: 0 })).rejects.toThrow('ECONNREFUSED')
})
