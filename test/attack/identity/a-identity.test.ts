import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mintToken } from '../../cluster/environment.ts'
import { timed } from '../../cluster/within-a-second.ts'
import { openHarness, type Harness } from '../harness.ts'
import { exchange } from '../oracles/raw-exchange.ts'

/** A. Identity: forged and invalid tokens. Every one is refused before kube-apiserver is called. */
let harness: Harness
beforeAll(async () => void (harness = await openHarness('attack-a')))
afterAll(() => harness.finish())

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const mint = (order: { readonly [parameter: string]: string } = {}): Promise<string> =>
  mintToken({ user: 'agent', audience: 'jit-gateway', ...order })
const claims = (more: object): Promise<string> => mint({ claims: JSON.stringify(more) })
const LIST = (): string => `GET ${harness.in('pods')}`

/** Expects this code, as a Status, and no request at kube-apiserver. */
async function refused(token: string | null, code: number, headers: readonly string[] = []): Promise<void> {
  const answer = await harness.send(LIST(), { token, headers })
  expect(answer.status).toBe(code)
  expect(JSON.parse(answer.text)).toMatchObject({ kind: 'Status', code })
  harness.unseen(answer)
}

/** The agent's own claims, signed with a foreign key under the given header. */
async function forged(header: object, claim: object = {}): Promise<string> {
  const good = await mint()
  const payload = { ...decodeJwt(good), ...claim }
  return new SignJWT(payload).setProtectedHeader({ ...decodeProtectedHeader(good), alg: 'RS256', ...header }).sign(stranger.privateKey)
}

describe('A. identity', () => {
  it('A01 a token with alg none gets 401', async () =>
    refused(`${await mint({ alg: 'none' })}x`, 401).then(async () => refused(await mint({ alg: 'none' }), 401)))
  it('A02 an HS256 token signed with the public key as secret gets 401', async () => refused(await mint({ alg: 'HS256' }), 401))
  it('A03 jwk, jku, x5u and x5c in the header are ignored: 401', async () => {
    const jwk = createPublicKey(stranger.publicKey.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' })
    for (const header of [{ jwk }, { jku: 'https://evil.invalid/keys' }, { x5u: 'https://evil.invalid/c' }, { x5c: ['MIIB'] }])
      await refused(await forged(header), 401)
  })
  it('A04 a flood of unknown kids gets 401 quickly, and valid tokens still work', async () => {
    const tokens = await Promise.all(Array.from({ length: 100 }, (_, index) => forged({ kid: `kid-${index}` })))
    const flood = async (shown: readonly string[]): Promise<readonly number[]> =>
      (await Promise.all(shown.map((token) => harness.send(LIST(), { token })))).map(({ status }) => status)
    const valid = await timed(() => flood(tokens.map(() => harness.token)))
    const unknown = await timed(async () => expect(await flood(tokens)).toEqual(tokens.map(() => 401)))
    expect(unknown).toBeLessThan(2 * valid + 5000)
    expect((await harness.send(LIST())).status).toBe(200)
  })
  it('A05 a token for another audience gets 401', async () => {
    for (const audience of ['kubernetes', 'minio', 'jit-gateway2', 'JIT-GATEWAY']) await refused(await mint({ audience }), 401)
  })
  it('A07 a JWE, a token of five parts, of a megabyte or of another type gets 401', async () => {
    const good = await mint()
    await refused(`${good}.a.b`, 401)
    await refused(`.${good}`, 401)
    await refused(await forged({ typ: 'logout+jwt' }), 401)
    await refused(`${good.slice(0, -8)}${'A'.repeat(20_000)}`, 401)
    expect([0, 400, 431]).toContain((await harness.send(LIST(), { token: 'A'.repeat(1 << 20) })).status)
  })
  it.each([
    ['no exp', { exp: null }],
    ['exp as a string', { exp: '4102444800' }],
    ['exp 1e308', { exp: 1e308 }],
    ['exp in the past', { exp: 1 }],
    ['nbf in the future', { nbf: 4_102_444_800 }],
    ['an old iat', { iat: 1 }],
    ['no iat', { iat: null }],
    ['no sub', { sub: null }],
  ])('A08 a token with %s gets 401', async (_, more) => refused(await claims(more), 401))
  it.each([['system:masters'], ['system:serviceaccount:kube-system:default'], ['system:node:node-1'], ['system:anonymous']])(
    'A09 the user name %s gets 403; a group of that name grants nothing and locks no user out',
    async (name) => {
      await refused(await claims({ sub: name }), 403)
      await refused(await claims({ groups: [name] }), 403)
      const answer = await harness.send(LIST(), { token: await claims({ groups: ['agents', name] }) })
      expect(answer.status).toBe(200)
      const [event] = await harness.seen(answer)
      expect(JSON.stringify(event?.impersonatedUser)).not.toContain(name)
    },
  )
  it.each([
    ['nested groups', { groups: [['agents']] }],
    ['groups as an object', { groups: { __proto__: null, 0: 'agents', length: 1 } }],
  ])('A10 %s get 401, as at kube-apiserver', async (_, more) => refused(await claims(more), 401))
  it.each([
    ['a group of 9 000 letters', { groups: ['g'.repeat(9_000)] }],
    ['an empty group', { groups: '' }],
  ])('A10 %s grant nothing: no policy governs the user, so 403', async (_, more) => refused(await claims(more), 403))
  it('A10 a token with more groups than can be forwarded gets 401', async () =>
    refused(await claims({ groups: Array.from({ length: 700 }, (_, index) => `g${index}`) }), 401))
  it('A10 a claim named __proto__ grants nothing', async () => {
    const token = await mint({ user: 'nobody', groups: 'none', claims: '{"__proto__":{"groups":["agents"]},"constructor":{"groups":["agents"]}}' })
    await refused(token, 403)
  })
  it('A11 an empty Bearer, Basic, two Authorization headers or none get 401', async () => {
    const good = await mint()
    await refused(null, 401)
    await refused(null, 401, ['Authorization: Bearer '])
    await refused(null, 401, [`Authorization: Basic ${Buffer.from('admin:admin').toString('base64')}`])
    await refused(good, 401, [`Authorization: Bearer ${good}`])
    await refused(null, 401, [`Authorization: Bearer ${good}, Bearer ${good}`])
    await refused(null, 401, [`Authorization: ${good}`])
  })
  it('A14 a watch ends when its token expires', async () => {
    const token = await mint({ ttl: '4' })
    const watch = await harness.send(`GET ${harness.in('secrets')}?watch=true&timeoutSeconds=300`, { token, seconds: 100 })
    expect(watch.status).toBe(200)
    expect(watch.text).toContain('expired')
  })
  it('A15 ServiceAccount tokens get 401, the gateway’s own too; with our audience and no policy they get 403', async () => {
    const ask = async (namespace: string, name: string, audiences?: readonly string[]): Promise<string> => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
      const spec = { expirationSeconds: 600, ...(audiences === undefined ? {} : { audiences }) }
      const { status } = await harness.admin.json<{ readonly status: { readonly token: string } }>({ method: 'POST', path, body: { spec } })
      return status.token
    }
    for (const name of ['jit-gateway', 'jit-impersonator', 'jit-webhook', 'jit-apiserver', 'jit-controller'])
      await refused(await ask('jit-system', name), 401)
    await refused(await ask('kube-system', 'default'), 401)
    const own = await harness.send(LIST(), { token: await ask('jit-system', 'jit-gateway', ['jit-gateway']) })
    expect([401, 403]).toContain(own.status)
    harness.unseen(own)
  })
  it.each([
    ['CR LF', 'agent\r\nImpersonate-User: admin'],
    ['NUL', 'agent\0'],
    ['a bidirectional override', 'agent\u202e'],
    ['a trailing space', 'agent '],
  ])('A16 %s in a claim that becomes a header gets 401 in a user name and grants nothing in a group', async (_, text) => {
    await refused(await claims({ sub: text }), 401)
    await refused(await claims({ groups: [text] }), 403)
  })
  it('A17 a token signed with an unpublished key under a published kid gets 401', async () => {
    await refused(await mint({ key: 'foreign' }), 401)
  })
  it('X01 the same subject from another issuer gets 401', async () => {
    await refused(await forged({}, { iss: 'https://localhost:1' }), 401)
    await refused(await forged({}, { iss: `${decodeJwt(await mint()).iss ?? ''}/` }), 401)
    await refused(await forged({}, { iss: (decodeJwt(await mint()).iss ?? '').toUpperCase() }), 401)
  })
  it('X02 a token in the query, in a cookie or in a WebSocket subprotocol is ignored or refused', async () => {
    const good = await mint()
    const coded = Buffer.from(good).toString('base64url')
    const answer = await harness.send(`${LIST()}?access_token=${good.slice(0, 2000)}`, { token: null })
    expect(answer.status).toBe(400)
    await refused(null, 401, [`Cookie: token=${good}`])
    await refused(null, 400, [`Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.${coded}`, 'Upgrade: websocket', 'Connection: Upgrade'])
  })
  it('X03 a token for kube-apiserver does not work at the gateway, nor the gateway’s at kube-apiserver', async () => {
    const { kubernetes } = harness.environment
    const { hostname, port } = new URL(kubernetes.url)
    const ca = await readFile(kubernetes.caFile, 'utf8')
    const bytes = `${LIST()} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${await mint()}\r\nConnection: close\r\n\r\n`
    expect((await exchange({ host: hostname, port: Number(port), ca }, bytes)).status).toBe(401)
  })
})
