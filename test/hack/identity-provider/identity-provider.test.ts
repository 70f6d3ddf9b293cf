import { readFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose'
import { Agent, fetch } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startIdentityProvider, type IdentityProvider } from '../../../hack/identity-provider/start-identity-provider.ts'
import { callProvider, findProvider } from '../../../hack/token/running-provider.ts'

describe('the identity provider', () => {
  let dir: string
  let provider: IdentityProvider
  let agent: Agent
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jit-idp-'))
    provider = await startIdentityProvider({ dir: join(dir, 'identity-provider') })
    agent = new Agent({ connect: { ca: provider.ca } })
  })
  afterAll(async () => {
    await agent.close()
    await provider.stop()
    await rm(dir, { recursive: true, force: true })
  })

  const mint = (order: { readonly [parameter: string]: string }): Promise<string> => callProvider(findProvider(dir), 'mint', order)
  const get = async (path: string): Promise<unknown> => (await fetch(`${provider.issuer}${path}`, { dispatcher: agent })).json()
  /** Verifies as a relying party does: keys from the JWKS; issuer, audience and time are checked. */
  const verify = async (token: string, audience: string): Promise<JWTPayload> => {
    const keys = createRemoteJWKSet(new URL(`${provider.issuer}/jwks`), {
      [customFetch]: ((url: string, options: object) => fetch(url, { ...options, dispatcher: agent })) as unknown as typeof globalThis.fetch,
    })
    return (await jwtVerify(token, keys, { issuer: provider.issuer, audience, algorithms: ['RS256', 'ES256', 'PS256'] })).payload
  }

  const refused = (order: Parameters<typeof mint>[0]) => expect(mint(order)).rejects

  it('serves a valid OpenID Connect discovery document', async () => {
    expect(await get('/.well-known/openid-configuration')).toMatchObject({
      issuer: provider.issuer,
      jwks_uri: `${provider.issuer}/jwks`,
      id_token_signing_alg_values_supported: ['RS256', 'ES256', 'PS256'],
    })
    expect(provider.issuer).toMatch(/^https:\/\/localhost:\d+$/)
  })

  it('publishes no private key material', async () => {
    const { keys } = (await get('/jwks')) as { readonly keys: readonly object[] }
    expect(keys).toHaveLength(3)
    for (const key of keys) for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(part)
  })

  it('issues a token of an identity for ten minutes and for the audience of the identity', async () => {
    const before = Math.floor(Date.now() / 1000)
    const payload = await verify(await mint({ user: 'agent' }), 'jit-gateway')
    expect(payload).toEqual({
      iss: provider.issuer,
      sub: 'agent',
      aud: 'jit-gateway',
      groups: ['agents'],
      iat: payload.iat,
      exp: (payload.iat ?? 0) + 600,
    })
    expect(payload.iat).toBeGreaterThanOrEqual(before)
    expect(payload.iat).toBeLessThanOrEqual(Date.now() / 1000)
    expect((await verify(await mint({ user: 'developer' }), 'kubernetes')).sub).toBe('developer')
  })

  it('mints a token as ordered: groups, audiences, lifetime, any claim, no claim', async () => {
    const before = Math.floor(Date.now() / 1000)
    const token = await mint({
      user: 'invented',
      groups: 'a,b',
      audience: 'x,y',
      ttl: '5',
      claims: '{"email":"e@example.org","iat":null,"sub":"other"}',
    })
    const { iss, exp, ...rest } = decodeJwt(token)
    expect([iss, rest]).toEqual([provider.issuer, { sub: 'other', aud: ['x', 'y'], groups: ['a', 'b'], email: 'e@example.org' }])
    expect(exp).toBeGreaterThanOrEqual(before + 5)
    expect(exp).toBeLessThanOrEqual(Date.now() / 1000 + 5)
  })

  it('signs with each algorithm of a published key', async () => {
    for (const alg of ['RS256', 'ES256', 'PS256']) {
      const token = await mint({ user: 'agent', alg })
      expect(decodeProtectedHeader(token).alg).toBe(alg)
      expect((await verify(token, 'jit-gateway')).sub).toBe('agent')
    }
  })

  it('mints tokens that no verifier may accept', async () => {
    const bad = [{ ttl: '-60' }, { alg: 'none' }, { alg: 'HS256' }, { key: 'foreign' }, { audience: 'somebody-else' }]
    for (const order of bad) await expect(verify(await mint({ user: 'agent', ...order }), 'jit-gateway')).rejects.toThrow()
    const { kid } = decodeProtectedHeader(await mint({ user: 'agent' }))
    expect(decodeProtectedHeader(await mint({ user: 'agent', key: 'foreign' })).kid).toBe(kid)
  })

  it('rotates its keys: old ones that are kept still verify, others are gone', async () => {
    const before = await mint({ user: 'agent' })
    await callProvider(findProvider(dir), 'rotate', { keep: 'true' })
    const between = await mint({ user: 'agent' })
    expect(decodeProtectedHeader(between).kid).not.toBe(decodeProtectedHeader(before).kid)
    await verify(before, 'jit-gateway')
    await callProvider(findProvider(dir), 'rotate', { keep: 'false' })
    await expect(verify(between, 'jit-gateway')).rejects.toThrow()
    await verify(await mint({ user: 'agent' }), 'jit-gateway')
  })

  it('refuses an invalid order and says why', async () => {
    await refused({ user: 'nobody' }).toThrow(
      'there is no identity "nobody"; there are agent, approver, second-approver, developer, admin (or name its groups)',
    )
    await refused({ groups: 'a' }).toThrow('user is missing')
    await refused({ user: 'agent', ttl: '1.5' }).toThrow('ttl: "1.5" is not a whole number of seconds')
    await refused({ user: 'agent', claims: '[1]' }).toThrow('claims: not a JSON object')
    await refused({ user: 'agent', alg: 'RS1' }).toThrow('alg: "RS1" must be one of')
  })

  it('refuses a caller without the secret', async () => {
    const found = findProvider(dir)
    await expect(callProvider({ ...found, secret: 'wrong' }, 'mint', { user: 'agent' })).rejects.toThrow('client authentication failed')
    expect((await stat(join(dir, 'identity-provider/secret'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(dir, 'identity-provider/provider.json'), 'utf8')).not.toContain(found.secret)
  })

  it('reads custom identities and names an invalid entry', async () => {
    const file = join(dir, 'identities.yaml')
    const start = () => startIdentityProvider({ dir: join(dir, 'other'), identitiesFile: file })
    await writeFile(file, 'identities: [{id: a, groups: [], audience: x}, {id: b, groups: all, audience: x}]')
    await expect(start()).rejects.toThrow('identities[1] needs id (text), groups (list of text) and audience (text)')
    await writeFile(file, '{"identities": [{"id": "robot", "groups": ["robots"], "audience": "x", "claims": {"model": "m1"}}]}')
    const other = await start()
    const token = await callProvider(findProvider(join(dir, 'other')), 'mint', { user: 'robot' })
    expect(decodeJwt(token)).toMatchObject({ sub: 'robot', groups: ['robots'], aud: 'x', model: 'm1' })
    await other.stop()
    await expect(stat(join(dir, 'other'))).rejects.toThrow('ENOENT')
  })
})
