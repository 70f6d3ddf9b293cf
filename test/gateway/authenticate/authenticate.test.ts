import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { CompactEncrypt, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { createAuthenticator, type Authenticator } from '../../../gateway/authenticate/authenticate.ts'
import { createIssuer } from '../../../gateway/authenticate/issuer.ts'
import { createServiceAccounts } from '../../../gateway/authenticate/service-account.ts'
import { createTokenLog } from '../../../gateway/authenticate/token-log.ts'
import { localhost } from '../../fakes/localhost.ts'
import { createLog } from '../../../server/log.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const NOW = Math.floor(Date.now() / 1000)

let server: Server
let issuer: string
let ca: string
let authenticate: Authenticator
let fetched: string[]
let down = false

beforeAll(async () => {
  const pair = await localhost('issuer-test')
  ca = pair.ca
  fetched = []
  server = createServer(pair, (request, response) => {
    fetched.push(request.url ?? '')
    if (down) return void response.writeHead(500).end()
    response.setHeader('content-type', 'application/json')
    if (request.url === '/.well-known/openid-configuration') return void response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }))
    response.end(JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] }))
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  issuer = `https://localhost:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

const config = () => ({
  issuer,
  audiences: ['jit-gateway'],
  usernamePrefix: 'oidc:',
  groupsPrefix: 'oidc:',
  usernameClaim: 'sub',
  groupsClaim: 'groups',
  algorithms: ['RS256'],
  ca,
})
beforeEach(() => {
  down = false
  fetched.length = 0
  const clock = { nowMs: () => Date.now() }
  authenticate = createAuthenticator({ clock, issuers: [createIssuer(config(), clock)] })
})

const claims = (more: JWTPayload = {}): JWTPayload => ({
  iss: issuer,
  sub: 'agent',
  aud: 'jit-gateway',
  iat: NOW,
  exp: NOW + 600,
  groups: ['agents'],
  ...more,
})
/** The refusal of a token as JSON text. */
const bodyOf = async (token: string): Promise<string> => {
  const error: unknown = await authenticate(token).catch((failure: unknown) => failure)
  return JSON.stringify((error as StatusError).toStatus())
}
const sign = (payload: JWTPayload, header: object = {}, key: KeyObject = privateKey): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header }).sign(key)
const code = async (token: string): Promise<number> => {
  try {
    await authenticate(token)
    return 200
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return error.code
  }
}
const without = (name: string): JWTPayload => Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name))

it('a valid token yields its caller, with the prefixes of its issuer', async () => {
  expect(await authenticate(await sign(claims()))).toMatchObject({
    identity: { username: 'oidc:agent', groups: ['oidc:agents'], extra: {} },
    issuer,
    expiresAtMs: (NOW + 600) * 1000,
  })
})

it('a token is verified once, and a renewed token keeps its session', async () => {
  const token = await sign(claims())
  const first = await authenticate(token)
  expect(await authenticate(token)).toBe(first)
  expect((await authenticate(await sign(claims({ exp: NOW + 700 })))).session).toBe(first.session)
})

describe('401 for', () => {
  it('alg none', async () => expect(await code(new UnsecuredJWT(claims()).encode())).toBe(401))
  it.each([
    ['the public key as HMAC secret', pem],
    ['the public key after a blank', ` ${pem}`],
    ['the public key after a byte order mark', `\ufeff${pem}`],
  ])('HS256 with %s', async (_, secret) => expect(await code(await sign(claims(), { alg: 'HS256' }, createSecretKey(Buffer.from(secret))))).toBe(401))
  it.each([
    ['jwk', { jwk: createPublicKey(stranger.publicKey.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' }) }],
    ['jku', { jku: 'https://evil/keys' }],
    ['x5u', { x5u: 'https://evil/cert' }],
  ])('a key supplied in the header: %s', async (_, header) => {
    expect(await code(await sign(claims(), header, stranger.privateKey))).toBe(401)
    expect(fetched.every((url) => !url.includes('evil'))).toBe(true)
  })
  it('an algorithm that the issuer does not allow', async () => expect(await code(await sign(claims(), { alg: 'PS256' }))).toBe(401))
  it('a JWE', async () => {
    const jwe = await new CompactEncrypt(Buffer.from('x')).setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM' }).encrypt(publicKey)
    expect(await code(jwe)).toBe(401)
  })
  it.each([
    ['another audience', { aud: 'kubernetes' }],
    ['another issuer', { iss: 'https://evil' }],
    ['an expired token', { iat: NOW - 700, exp: NOW - 60 }],
    ['a token that is not valid yet', { nbf: NOW + 600 }],
    ['a token issued three days ago', { iat: NOW - 3 * 86_400 }],
    ['a token that never expires', { exp: 1e308 }],
    ['an exp that is a string', { exp: String(NOW + 600) as unknown as number }],
    ['an iat two minutes in the future', { iat: NOW + 120 }],
    ['an nbf two minutes in the future', { nbf: NOW + 120 }],
    ['a lifetime of 25 hours', { exp: NOW + 25 * 3600 }],
    ['an empty name', { sub: '' }],
    ['a name that is not a string', { sub: 7 as unknown as string }],
    ['a name with a line break', { sub: 'a\r\nImpersonate-User: admin' }],
    ['a name with NUL', { sub: 'a\0' }],
    ['a name with a direction mark', { sub: 'a\u202e' }],
    ['a name with a trailing blank', { sub: 'agent ' }],
    ['a name of 2 000 characters', { sub: 'a'.repeat(2000) }],
    ['ten thousand groups', { groups: Array.from({ length: 10_000 }, String) }],
  ])('%s', async (_, more) => expect(await code(await sign(claims(more as JWTPayload)))).toBe(401))
  it.each(['exp', 'iat', 'sub', 'aud'])('a token without %s', async (name) => expect(await code(await sign(without(name)))).toBe(401))
  it('a logout token', async () => expect(await code(await sign(claims(), { typ: 'logout+jwt' }))).toBe(401))
  it('malformed text', async () => {
    for (const token of ['a', 'a.b', 'a.b.c', 'a.b.c.d.e', '.'.repeat(50), '..']) expect(await code(token)).toBe(401)
  })
})

describe('accepts, as kube-apiserver does:', () => {
  it.each([
    ['an iat one minute in the future', { iat: NOW + 60 }, {}],
    ['an nbf half a minute in the future', { nbf: NOW + 30 }, {}],
    ['an access token', {}, { typ: 'at+jwt' }],
    ['an access token with the full media type', {}, { typ: 'application/at+jwt' }],
    ['a token without a type', {}, { typ: undefined }],
  ])('%s', async (_, more, header) => expect(await code(await sign(claims(more), header))).toBe(200))
})

it.each([{ sub: 'system:masters' }, { sub: 'system:serviceaccount:kube-system:x' }])(
  'a token with a reserved system name is forbidden: %j',
  async (more) => expect(await code(await sign(claims(more)))).toBe(403),
)

it('a flood of tokens with unknown keys causes no further fetch', async () => {
  expect(await code(await sign(claims()))).toBe(200)
  const before = fetched.length
  for (let round = 0; round < 20; round++) expect(await code(await sign(claims(), { kid: `k-${round}` }, stranger.privateKey))).toBe(401)
  expect(fetched.length).toBe(before)
})

it('answers 503 while the issuer is down, and fetches from it once', async () => {
  down = true
  for (let round = 0; round < 5; round++) expect(await code(await sign(claims()))).toBe(503)
  expect(fetched.length).toBe(1)
})

it('tells the client only that a token was refused, logs the reason, and never logs a token', async () => {
  const lines: string[] = []
  const clock = { nowMs: () => Date.now() }
  const log = createTokenLog(createLog({ part: 'gateway', clock, write: (line) => lines.push(line) }), clock)
  authenticate = createAuthenticator({ clock, issuers: [createIssuer(config(), clock)], log })
  const tokens = [
    await sign(claims({ iat: NOW - 700, exp: NOW - 60 })),
    await sign(claims({ aud: 'another' })),
    await sign(claims(), {}, stranger.privateKey),
    await sign(claims({ sub: '' })),
    await sign(claims({ iss: 'https://nobody.test' })),
  ]
  const bodies = await Promise.all(tokens.map(bodyOf))
  expect(new Set(bodies).size).toBe(1)
  const reasons = lines.map((line) => (JSON.parse(line) as { readonly reason: string }).reason).join('\n')
  for (const reason of ['"exp"', '"aud"', 'signature', 'the claim sub is empty', 'no issuer "https://nobody.test"']) expect(reasons).toContain(reason)
  for (const token of tokens) for (const part of token.split('.')) expect(lines.join('\n')).not.toContain(part)
})

it('a flood of refusals from one address leaves room in the log for another', () => {
  const lines: string[] = []
  const clock = { nowMs: () => 0 }
  const log = createTokenLog(createLog({ part: 'gateway', clock, write: (line) => lines.push(line) }), clock)
  for (let count = 0; count < 1000; count++) log.refused(new StatusError('Unauthorized', ''), { address: '192.0.2.1' })
  expect(lines.length).toBeLessThan(20)
  log.refused(new StatusError('Unauthorized', ''), { address: '192.0.2.2' })
  expect(lines.at(-1)).toContain('192.0.2.2')
})

it('ignores and logs unusable groups, and keeps the others', async () => {
  const lines: string[] = []
  const clock = { nowMs: () => Date.now() }
  const log = createTokenLog(createLog({ part: 'gateway', clock, write: (line) => lines.push(line) }), clock)
  authenticate = createAuthenticator({ clock, issuers: [createIssuer(config(), clock)], log })
  const { identity } = await authenticate(await sign(claims({ groups: ['agents', 'system:masters', '', 'a\nb', 'Büro Köln'] })))
  expect(identity.groups).toEqual(['oidc:agents', 'oidc:Büro Köln'])
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('token.claims-left-out')
  expect(lines[0]).toContain('system:masters')
})

const account = (): Promise<string> =>
  new SignJWT({ iss: 'https://kubernetes', sub: 'system:serviceaccount:shop:bot', exp: NOW + 600 })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(stranger.privateKey)

describe('a ServiceAccount token', () => {
  it('is refused when ServiceAccount tokens are not configured', async () => expect(await code(await account())).toBe(401))
  it('is reviewed when they are configured', async () => {
    const clock = { nowMs: () => Date.now() }
    let asked = 0
    const review = createServiceAccounts((token) => {
      asked++
      const [username, known] = ['system:serviceaccount:shop:bot', token.length > 0]
      return Promise.resolve(known ? { username, uid: 'u', groups: ['system:serviceaccounts'], extra: {} } : undefined)
    }, clock)
    authenticate = createAuthenticator({ clock, issuers: [], serviceAccounts: review })
    expect(await authenticate(await account())).toMatchObject({ identity: { username: 'jit.access:serviceaccount:shop:bot' }, issuer: undefined })
    expect(await code(await sign(claims()))).toBe(401)
    expect(asked).toBe(1)
  })
})
