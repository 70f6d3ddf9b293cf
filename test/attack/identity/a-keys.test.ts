import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createAuthenticator, type Authenticator } from '../../../gateway/authenticate/authenticate.ts'
import { createIssuer } from '../../../gateway/authenticate/issuer.ts'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'

/** A. Rotation of an issuer's keys, with a clock that the test advances. */
type Key = { readonly kid: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject }
const keyNamed = (kid: string): Key => ({ kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) })
const [old, next] = [keyNamed('old'), keyNamed('next')]
/** jose.remote: how long keys stay cached, and how often an unknown key is looked up. */
const CACHE_MS = 600_000
const COOLDOWN_MS = 30_000
const TOKEN_CACHE_MS = 60_000

let server: Server
let issuer: string
let ca: string
let published: readonly Key[]
let fetches = 0
let down = false
let authenticate: Authenticator

beforeAll(async () => {
  const authority = await createAuthority('keys')
  ca = authority.cert
  server = createServer(await authority.issue({ commonName: 'localhost', usage: 'server', dns: ['localhost'] }), (_, response) => {
    fetches++
    if (down) return void response.writeHead(500).end()
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ keys: published.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' })) }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  issuer = `https://localhost:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  published = [old]
  fetches = 0
  down = false
  const clock = { nowMs: () => Date.now() }
  const config = {
    issuer,
    audiences: ['jit-gateway'],
    usernamePrefix: 'oidc:',
    groupsPrefix: 'oidc:',
    usernameClaim: 'sub',
    groupsClaim: 'groups',
    algorithms: ['RS256'],
    jwksURL: `${issuer}/keys`,
    ca,
  }
  authenticate = createAuthenticator({ clock, issuers: [createIssuer(config, clock)] })
})
afterEach(() => void vi.useRealTimers())

let made = 0
const tokenBy = ({ kid, privateKey }: Key): Promise<string> => {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ sub: 'agent', groups: [], jti: String(made++) })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setIssuer(issuer)
    .setAudience('jit-gateway')
    .setIssuedAt(now)
    .setExpirationTime(now + 3600)
    .sign(privateKey)
}
const wait = (ms: number): void => void vi.setSystemTime(Date.now() + ms)
const code = (token: string): Promise<number> =>
  authenticate(token).then(
    () => 200,
    (error: unknown) => (error as { readonly code: number }).code,
  )

it('A17 a retired key gets 401 once the cache expires, also for a token that was accepted before', async () => {
  const before = await tokenBy(old)
  expect(await code(before)).toBe(200)
  published = [next]
  wait(CACHE_MS / 2)
  expect(await code(await tokenBy(old))).toBe(200)
  wait(CACHE_MS / 2 + 1000)
  expect(await code(await tokenBy(old))).toBe(401)
  wait(TOKEN_CACHE_MS + 1000)
  expect(await code(before)).toBe(401)
  expect(await code(await tokenBy(next))).toBe(200)
})
it('A17 a new key is fetched when it is first seen, and the key that it replaces stops working', async () => {
  expect(await code(await tokenBy(old))).toBe(200)
  published = [next]
  wait(COOLDOWN_MS + 1000)
  expect(await code(await tokenBy(next))).toBe(200)
  expect(await code(await tokenBy(old))).toBe(401)
})
it('A04 A17 unknown keys are looked up at most once in thirty seconds, however many tokens name them', async () => {
  expect(await code(await tokenBy(old))).toBe(200)
  wait(COOLDOWN_MS + 1000)
  fetches = 0
  for (let at = 0; at < 20; at++) expect(await code(await tokenBy({ ...next, kid: `k${at}` }))).toBe(401)
  expect(fetches).toBe(1)
})
it('A17 keys that are too old and cannot be fetched again are not trusted: an error, not a 401', async () => {
  expect(await code(await tokenBy(old))).toBe(200)
  down = true
  wait(CACHE_MS + 1000)
  expect(await code(await tokenBy(old))).toBe(503)
  down = false
  wait(5000)
  expect(await code(await tokenBy(old))).toBe(200)
})
