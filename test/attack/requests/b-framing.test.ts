import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHarness, type Harness } from '../harness.ts'
import type { Answer } from '../oracles/raw-exchange.ts'

/** B. Headers and framing, from a raw socket. Refused requests never reach kube-apiserver; the others carry the identity that we set. */
let harness: Harness
let HEAD: string
beforeAll(async () => {
  harness = await openHarness('attack-b')
  HEAD = `Host: localhost\r\nAuthorization: Bearer ${harness.token}\r\n`
})
afterAll(() => harness.finish())

const LIST = (): string => `GET ${harness.in('pods')}`

function expectRefused(answer: Answer, ...codes: readonly number[]): void {
  expect(codes).toContain(answer.status)
  expect(answer.text === '' || answer.text.includes('"kind":"Status"')).toBe(true)
  harness.unseen(answer)
}
const refused = async (bytes: string | Buffer, ...codes: readonly number[]): Promise<void> =>
  expectRefused(await harness.raw(bytes, { first: true }), ...codes)
const withHeaders = async (headers: readonly string[], ...codes: readonly number[]): Promise<void> =>
  expectRefused(await harness.send(LIST(), { headers }), ...codes)

/** Expects that the request passed as the agent and as no other user. */
async function isTheAgent(answer: Answer): Promise<void> {
  expect(answer.status).toBe(200)
  const events = await harness.seen(answer)
  expect(events).toHaveLength(1)
  const { verb, user, impersonatedUser } = events[0] ?? {}
  expect(verb).toBe('list')
  expect(user?.username).toBe('system:serviceaccount:jit-system:jit-impersonator')
  expect(impersonatedUser?.username).toBe('jit.access:agent')
  expect(impersonatedUser?.extra?.['jit.access/user']).toEqual(['oidc:agent'])
  expect(impersonatedUser?.uid ?? '').toBe('')
  const groups = (impersonatedUser?.groups ?? []).filter((group) => group !== 'system:authenticated')
  expect(groups).toEqual(['jit.access:agents', 'jit.access:baseline:coding-agents'])
  expect(impersonatedUser?.extra?.['jit.access/grant']).toBeUndefined()
  expect(impersonatedUser?.extra?.['jit.access/request']).toEqual([answer.auditID])
}

describe('B. headers and framing', () => {
  it.each([
    'Impersonate-User: admin',
    'impersonate-user: admin',
    'IMPERSONATE-GROUP: system:masters',
    'Impersonate-Uid: 1',
    'Impersonate-Extra-scopes: x',
    'Impersonate-Extra-jit.access%2Fgrant: g',
    'Impersonate-: x',
    'impersonate-whatever-comes-next: x',
  ])('B01 %s gets 403 and nothing reaches upstream', async (line) => withHeaders([line], 403))
  it.each([
    ['one line', ['Connection: Impersonate-User, Impersonate-Group, Authorization, Audit-Id, close']],
    ['many lines', ['Connection: close', 'Connection: Impersonate-User', 'Connection: impersonate-extra-jit.access%2frequest']],
    ['odd spacing', ['Connection: close ,\tImpersonate-User ,, Impersonate-Group']],
    ['Proxy-Connection and Keep-Alive', ['Connection: close', 'Proxy-Connection: Impersonate-User', 'Keep-Alive: Impersonate-Group']],
  ])('B02 a Connection header that names our headers does not remove the identity: %s', async (_, headers) =>
    isTheAgent(await harness.send(LIST(), { headers })),
  )
  it.each(['Impersonate_User: admin', 'Impersonate.User: admin', 'X_Remote_User: admin', 'Impersonate-User : admin', 'Impersonate-User\t: admin'])(
    'B04 the header %j gets 400',
    async (line) => withHeaders([line], 400),
  )
  it('B04 obs-fold gets 400', async () => withHeaders(['X-A: 1\r\n Impersonate-User: admin'], 400))
  it('B05 X-Remote-*, X-Forwarded-Client-Cert and Forwarded have no effect', async () => {
    const headers = [
      'X-Remote-User: admin',
      'X-Remote-Group: system:masters',
      'X-Remote-Extra-a: b',
      'X-Remote-Uid: 0',
      'X-Forwarded-Client-Cert: x',
      'Forwarded: for=1',
    ]
    await isTheAgent(await harness.send(LIST(), { headers }))
  })
  it('B07 method overrides have no effect', async () => {
    const headers = ['X-HTTP-Method-Override: DELETE', 'X-HTTP-Method: DELETE', 'X-Method-Override: DELETE']
    await isTheAgent(await harness.send(`${LIST()}?_method=DELETE`, { headers }))
  })
  it('B08 two Hosts, no Host, absolute form, CONNECT and TRACE get 400 or 405', async () => {
    await withHeaders(['Host: localhost'], 400)
    const path = harness.in('pods')
    await refused(`GET ${path} HTTP/1.1\r\nAuthorization: Bearer ${harness.token}\r\nConnection: close\r\n\r\n`, 400)
    await refused(`GET https://localhost${path} HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`, 400)
    await refused(`GET http://169.254.169.254/latest HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`, 400)
    await refused(`CONNECT 10.96.0.1:443 HTTP/1.1\r\n${HEAD}\r\n`, 405)
    await refused(`TRACE ${path} HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`, 400, 405)
    await refused(`OPTIONS * HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`, 400, 405)
  })
  it.each([
    ['CL and TE', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two CLs', 'Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc'],
    ['two Content-Lengths in one header', 'Content-Length: 3, 3\r\n\r\nabc'],
    ['a signed CL', 'Content-Length: +3\r\n\r\nabc'],
    ['a hexadecimal CL', 'Content-Length: 0x3\r\n\r\nabc'],
    ['TE chunked, identity', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['TE twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['TE gzip', 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['TE with a tab', 'Transfer-Encoding:\tchunked\x0b\r\n\r\n0\r\n\r\n'],
    ['CR LF CR X', 'X-A: 1\r\n\rX: 1\r\n\r\n'],
    ['a trailer', 'Transfer-Encoding: chunked\r\nTrailer: Impersonate-User\r\n\r\n0\r\nImpersonate-User: admin\r\n\r\n'],
    ['an unannounced trailer', 'Transfer-Encoding: chunked\r\n\r\n0\r\nImpersonate-User: admin\r\n\r\n'],
    ['a chunk size that overflows', 'Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\na\r\n0\r\n\r\n'],
  ])('B09 %s gets 400', async (_, rest) => {
    // The agent may send this request, so a refusal comes from framing and not from a policy.
    await refused(`POST /apis/jit.access/v1/whoamis HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nConnection: close\r\n${rest}`, 400)
  })
  it('B09 bare line feeds get 400', async () => refused(`${LIST()} HTTP/1.1\n${HEAD.replaceAll('\r', '')}\n`, 400))
  it('B10 DELETE with a second request in its chunked body is one request upstream', async () => {
    await harness.grant({ rules: [{ verbs: ['delete'], resources: ['configmaps'], namespaces: [harness.namespace] }], maxUses: 5 })
    const inner = `GET /api/v1/secrets HTTP/1.1\r\nHost: localhost\r\n\r\n`
    const chunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
    const answer = await harness.raw(
      `DELETE ${harness.in('configmaps/none')} HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk}`,
    )
    expect([400, 404]).toContain(answer.status)
    expect(answer.raw.toString('latin1').match(/HTTP\/1[.]1 /g)).toHaveLength(1)
    expect(await harness.seen(answer)).toHaveLength(1)
    await refused(`OPTIONS ${harness.in('configmaps')} HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk}`, 400, 405)
  })
  it('B10 bytes after a request that was refused unread are not taken as a request', async () => {
    const inner = `GET ${harness.in('secrets')} HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`
    const answer = await harness.raw(`GET ${harness.in('pods')} HTTP/1.1\r\n${HEAD}Content-Length: ${inner.length}\r\n\r\n${inner}`)
    expect(answer.status).toBe(400)
    expect(answer.raw.toString('latin1').match(/HTTP\/1[.]1 2/g)).toBeNull()
  })
  it('B11 headers like __proto__ and constructor get 400 or have no effect', async () => {
    await withHeaders(['__proto__: x'], 400)
    await isTheAgent(await harness.send(LIST(), { headers: ['constructor: x', 'toString: y', 'hasOwnProperty: z'] }))
  })
  it('B11 JSON keys __proto__ and constructor in a body have no effect', async () => {
    const body = '{"apiVersion":"jit.access/v1","kind":"WhoAmI","__proto__":{"status":{"username":"admin"}},"constructor":{"prototype":{"a":1}}}'
    const answer = await harness.send('POST /apis/jit.access/v1/whoamis', { type: 'application/json', body })
    expect(answer.text).not.toContain('"admin"')
    expect(answer.status).toBeLessThan(500)
  })
  it('B12 the Audit-ID of a client is replaced', async () => {
    const answer = await harness.send(LIST(), { headers: ['Audit-ID: 00000000-0000-0000-0000-000000000001'] })
    await isTheAgent(answer)
    expect(answer.auditID).not.toContain('00000000-0000')
  })
  it('B15 an upgrade with a body gets 400', async () => {
    const path = `${harness.in('pods/web/exec')}?command=id&stdout=1`
    const upgrade = `${HEAD}Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n`
    await refused(`POST ${path} HTTP/1.1\r\n${upgrade}Content-Length: 3\r\n\r\nabc`, 400)
    await refused(`POST ${path} HTTP/1.1\r\n${upgrade}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400)
    await refused(`POST ${path} HTTP/1.1\r\n${upgrade.replace('SPDY/3.1', 'h2c')}\r\n`, 400)
    await refused(`POST ${path} HTTP/1.1\r\n${upgrade.replace('SPDY/3.1', 'SPDY/3.1, websocket')}\r\n`, 400)
  })
  it('B16 a header block of 64 KiB or 2 000 headers get 431', async () => {
    await withHeaders([`X-A: ${'a'.repeat(64 * 1024)}`], 431)
    await withHeaders(
      Array.from({ length: 2000 }, (_, index) => `X-${index}: 1`),
      431,
    )
  })
  it('X04 the body of a refused request with Expect: 100-continue is not read as a second request', async () => {
    const inner = `GET ${harness.in('secrets')} HTTP/1.1\r\n${HEAD}\r\n`
    const head = `POST ${harness.in('configmaps')} HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${inner.length}\r\n\r\n`
    const live = await harness.openRaw(head)
    await sleep(300) // the body comes in a packet of its own
    live.send(inner)
    await live.arrived(/"code":403/)
    // A server that reads it as a request would answer; one that does not may leave the connection open, and no event says so.
    await Promise.race([live.ended, sleep(2000)])
    expect(live.answer().status).toBe(403)
    expect(live.answer().raw.toString('latin1')).not.toMatch(/HTTP\/1[.]1 2/)
    await withHeaders(['Expect: something-else'], 400, 417)
  })
  it('X05 pipelined requests are answered in order, and each is decided separately', async () => {
    const first = `POST ${harness.in('configmaps')} HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`
    const second = `${LIST()} HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`
    const answer = await harness.raw(first + second)
    expect([...answer.raw.toString('latin1').matchAll(/HTTP\/1[.]1 (\d+)/g)].map(([, code]) => code)).toEqual(['403', '200'])
  })
  it('X06 an Upgrade on a path without streams has no effect, and an escaped path to exec is refused', async () => {
    const headers = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
    const list = await harness.send(LIST(), { headers, until: /\r\n\r\n.*}/s })
    expect(list.status).toBe(200)
    expectRefused(await harness.send(`GET ${harness.in('pods/web/%65xec')}?command=id`, { headers, until: /"code":/ }), 400, 403)
    expectRefused(
      await harness.send(`GET /api/v1/watch/namespaces/${harness.namespace}/pods/web/exec?command=id`, { headers, until: /"code":/ }),
      400,
      403,
    )
  })
  it('X07 compressed and otherwise encoded request bodies get 415', async () => {
    for (const coding of ['gzip', 'br', 'GZIP', 'identity, gzip'])
      expectRefused(
        await harness.send('POST /apis/jit.access/v1/whoamis', { type: 'application/json', headers: [`Content-Encoding: ${coding}`], body: '{}' }),
        415,
      )
  })
  it('X08 non-ASCII characters and NUL in header names and values get 400', async () => {
    await refused(Buffer.from(`${LIST()} HTTP/1.1\r\n${HEAD}Impers\u00f6nate-User: a\r\nConnection: close\r\n\r\n`, 'latin1'), 400)
    await refused(`${LIST()} HTTP/1.1\r\n${HEAD}X-A: a\0b\r\nConnection: close\r\n\r\n`, 400)
    await refused(`${LIST()} HTTP/1.1\r\n${HEAD}: a\r\nConnection: close\r\n\r\n`, 400)
  })
  it('X09 other versions of HTTP, TLS before 1.2 and h2 prior knowledge are refused', async () => {
    await refused(`${LIST()} HTTP/1.0\r\n${HEAD}\r\n`, 400)
    await refused(`${LIST()} HTTP/2.0\r\n${HEAD}\r\n`, 400)
    await refused(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`, 0, 400, 405)
  })
})
