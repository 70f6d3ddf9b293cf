import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { createFixture, type Fixture } from '../../gateway/gateway-fixture.ts'
import { liveGrant } from '../../domain/builders.ts'

/** X. Bodies that could be read in two ways, and framing that few clients use. */
let fixture: Fixture
const CREATE = 'POST /api/v1/namespaces/shop/pods'
const JSON_TYPE = 'Content-Type: application/json'
beforeAll(async () => {
  fixture = await createFixture()
  const [policy] = fixture.policies
  const harmless = { resources: ['pods'], verbs: ['create'], condition: '!has(object.spec.hostNetwork) && object.metadata.name.startsWith("agent-")' }
  fixture.policies.splice(0, 1, {
    ...(policy as NonNullable<typeof policy>),
    spec: { subjects: [{ kind: 'Group', name: 'oidc:agents' }], rules: [{ name: 'harmless', match: harmless, effect: 'Allow' }] },
  })
})
afterAll(() => fixture.stop())
/** Sets how kube-apiserver reads a body, in a dry run and in the write. It refuses a body that is not JSON. */
const reads = (object: (body: Buffer) => unknown): void => {
  fixture.state.reply = (_, response, { body }) => {
    const answer = (status: number, content: unknown): void => {
      const text = JSON.stringify(content)
      response.writeHead(status, { 'content-type': 'application/json' }).end(text)
    }
    try {
      answer(200, object(body))
    } catch {
      answer(400, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'BadRequest', code: 400, message: 'the body cannot be read' })
    }
  }
}
const asJson = (body: Buffer): unknown => JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)) as unknown
beforeEach(() => {
  reads(asJson)
  fixture.seen.length = 0
  fixture.claims.length = 0
  fixture.grants.length = 0
})
/** The requests sent upstream, without the dry runs that find out what a write would do. */
const written = () => fixture.seen.filter(({ line }) => !line.includes('dryRun='))
const grant = (verbs: readonly string[]): AccessGrant =>
  liveGrant({ rules: [{ verbs, resources: ['configmaps'], namespaces: ['shop'] }], maxUses: 1 })
const raw = (line: string, lines: readonly string[], body: string | Buffer) =>
  fixture.raw(
    Buffer.concat([
      Buffer.from(
        `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\nConnection: close\r\n${lines.map((each) => `${each}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n`,
      ),
      Buffer.from(body),
    ]),
  )

describe('X. one body, one reading', () => {
  it('an object that a condition allows is forwarded as it is', async () => {
    const body = '{"metadata":{"name":"agent-a","labels":{"a:b":"c\\":d"}},"spec":{"containers":[{"image":"x:1","args":["--a=:"]}]}}'
    expect((await raw(CREATE, [JSON_TYPE], body)).status).toBe(200)
    expect(fixture.seen.map((each) => each.body.toString())).toEqual([body, body])
    expect(written()).toHaveLength(1)
  })
  const POD = { metadata: { name: 'agent-a' }, spec: { containers: [] } }
  it.each([
    ['at the top', '{"metadata":{"name":"agent-a"},"spec":{"hostNetwork":true},"spec":{"containers":[]}}', { ...POD, spec: { hostNetwork: true } }],
    [
      'by an escape',
      '{"metadata":{"name":"agent-a"},"spec":{"hostNetwork":true},"\\u0073pec":{"containers":[]}}',
      { ...POD, spec: { hostNetwork: true } },
    ],
    ['of names', '{"metadata":{"name":"evil"},"metadata":{"name":"agent-a"},"spec":{"containers":[]}}', { ...POD, metadata: { name: 'evil' } }],
  ])('X44 if a key occurs twice %s, the one that upstream reads counts', async (_, body, other) => {
    reads(() => other)
    expect((await raw(CREATE, [JSON_TYPE], body)).status).toBe(403)
    expect(written()).toEqual([])
    reads(() => POD)
    expect((await raw(CREATE, [JSON_TYPE], body)).status).toBe(200)
    expect(written().map((each) => each.body.toString())).toEqual([body])
  })
  it.each([
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('{"metadata":{"name":"agent-a"},"spec":{"a":"'), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from('"}}')]),
    ],
    [
      'a surrogate in bytes',
      Buffer.concat([Buffer.from('{"metadata":{"name":"agent-'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"},"spec":{}}')]),
    ],
    ['UTF-16', Buffer.from('{"metadata":{"name":"agent-a"},"spec":{}}', 'utf16le')],
    ['a byte order mark', Buffer.from('\ufeff{"metadata":{"name":"agent-a"},"spec":{}}')],
    ['two documents', Buffer.from('{"metadata":{"name":"agent-a"},"spec":{}}{"spec":{"hostNetwork":true}}')],
    ['comments', Buffer.from('{"metadata":{"name":"agent-a"},"spec":{}/*,"spec":{"hostNetwork":true}*/}')],
  ])('X45 %s: a body that upstream cannot read is not written', async (_, body) => {
    const answer = await raw(CREATE, [JSON_TYPE], body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(written()).toEqual([])
  })
  it('X57 deep nesting is refused, or read as upstream reads it', async () => {
    const body = `{"metadata":{"name":"agent-a"},"spec":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}}`
    expect([200, 400, 403]).toContain((await raw(CREATE, [JSON_TYPE], body)).status)
  })
  it.each([
    ['application/yaml'],
    ['application/json; charset=utf-16'],
    ['text/json'],
    ['application/vnd.kubernetes.protobuf'],
    ['application/x-www-form-urlencoded'],
  ])('X60 an object in %s is judged as upstream reads it', async (type) => {
    reads(() => ({ metadata: { name: 'agent-a' }, spec: { hostNetwork: true } }))
    const answer = await raw(CREATE, [`Content-Type: ${type}`], '{"metadata":{"name":"agent-a"},"spec":{"hostNetwork":true}}')
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(written()).toEqual([])
  })
  it.each([
    ['{"dryRun":["All"]}', 0],
    ['{"dryRun":["All"],"dryRun":[]}', 1],
    ['{"dryRun":[],"dryRun":["All"]}', 1],
    ['{"dryRun":["All"],"dr\\u0079Run":null}', 1],
    ['{"dryRun":["All","All"]}', 1],
    ['{"dryRun":"All"}', 1],
    ['{"dryRun":["all"]}', 1],
  ])('X46 a deletion by %s takes %i uses: only an unambiguous dry run counts as one', async (body, uses) => {
    fixture.grants.push(grant(['delete']))
    await raw('DELETE /api/v1/namespaces/shop/configmaps/a', [JSON_TYPE], body)
    expect(fixture.claims).toHaveLength(uses)
  })
})

describe('X. framing that few clients use', () => {
  const CHUNKED = [JSON_TYPE, 'Transfer-Encoding: chunked']
  const BODY = '{"metadata":{"name":"agent-a"},"spec":{}}'
  const chunked = (body: string) =>
    fixture.raw(`${CREATE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\nConnection: close\r\n${CHUNKED.join('\r\n')}\r\n\r\n${body}`)
  const size = BODY.length.toString(16)
  it('X47 chunk extensions are ignored and not forwarded; more than a few are refused', async () => {
    expect((await chunked(`${size};a=b;c="d"\r\n${BODY}\r\n0;last\r\n\r\n`)).status).toBe(200)
    expect(written()[0]?.body.toString()).toBe(BODY)
    expect((await chunked(`${size};a=${'b'.repeat(64 * 1024)}\r\n${BODY}\r\n0\r\n\r\n`)).status).toBeGreaterThanOrEqual(400)
    expect(written()).toHaveLength(1)
  })
  it('X61 trailers of any size get 400, 413, 431 or a closed connection, and nothing reaches upstream', async () => {
    for (const trailer of [
      'X-A: b\r\n',
      `X-A: ${'b'.repeat(100_000)}\r\n`,
      'X-A: b\r\n'.repeat(20_000),
      'Impersonate-User: a\r\n',
      'Content-Length: 1\r\n',
    ])
      // The rest of a long trailer is not read, so the response may be lost with the connection.
      expect([0, 400, 413, 431]).toContain((await chunked(`${size}\r\n${BODY}\r\n0\r\n${trailer}\r\n`).catch(() => ({ status: 0 }))).status)
    expect(fixture.seen).toEqual([])
  })
  it('X48 HEAD reveals no length and no digest of masked content', async () => {
    const secret = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'db', namespace: 'shop' }, data: { a: 'eA==' } }
    fixture.state.reply = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '12345', etag: '"x"', digest: 'sha-256=x' })
      response.end(JSON.stringify(secret))
    }
    const answer = await fixture.send('HEAD /api/v1/namespaces/shop/secrets/db')
    expect(answer.status).toBe(200)
    expect(answer.body).toBe('')
    expect(answer.head).not.toMatch(/content-length: [1-9]|etag|digest/i)
  })
  it('X49 Expect: 100-continue requests the body and forwards it once; another expectation gets 417 as a Status', async () => {
    const head = `${CREATE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\nConnection: close\r\n${JSON_TYPE}\r\nContent-Length: ${BODY.length}\r\n`
    const answer = await fixture.raw(`${head}Expect: 100-continue\r\n\r\n${BODY}`)
    expect(answer.raw).toMatch(/^HTTP\/1[.]1 100 Continue\r\n\r\nHTTP\/1[.]1 200 /)
    expect(written()).toHaveLength(1)
    expect(written()[0]?.rawHeaders.map((each) => each.toLowerCase())).not.toContain('expect')
    const other = await fixture.raw(`${head}Expect: a-miracle\r\n\r\n`)
    expect(other.status).toBe(417)
    expect(JSON.parse(other.body)).toMatchObject({ kind: 'Status', code: 417 })
    expect(written()).toHaveLength(1)
  })
  it('X62 HTTP/1.0, OPTIONS, TRACE and CONNECT are refused as a Status, and nothing reaches upstream', async () => {
    const rest = 'Host: localhost\r\nAuthorization: Bearer good\r\nConnection: close\r\n\r\n'
    for (const line of [
      'GET /api HTTP/1.0',
      'OPTIONS /api HTTP/1.1',
      'OPTIONS * HTTP/1.1',
      'TRACE /api HTTP/1.1',
      'CONNECT a:443 HTTP/1.1',
      'GET /api HTTP/0.9',
    ]) {
      const answer = await fixture.raw(`${line}\r\n${rest}`)
      expect([400, 405], line).toContain(answer.status)
      expect(JSON.parse(answer.body), line).toMatchObject({ kind: 'Status', status: 'Failure' })
    }
    expect(fixture.seen).toEqual([])
  })
})
