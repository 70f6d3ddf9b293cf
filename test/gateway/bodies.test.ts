import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import { liveGrant } from '../domain/builders.ts'
import { readRequest } from '../../domain/classify/read-request.ts'
import { createWholeLines } from '../../gateway/mask/whole-lines.ts'
import { CANARY, createFixture, type Fixture } from './gateway-fixture.ts'

let fixture: Fixture
let immutable = false
beforeAll(async () => {
  fixture = await createFixture()
  Object.assign(fixture.deps.masking, { immutable: () => immutable })
})
afterAll(() => fixture.stop())
beforeEach(() => {
  fixture.seen.length = 0
  fixture.grants.length = 0
  immutable = false
  fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end('{}')
})

const grant = (verbs: readonly string[], resources: readonly string[]): AccessGrant =>
  liveGrant({ rules: [{ verbs, resources, namespaces: ['shop'] }] })
const PATH = '/api/v1/namespaces/shop/configmaps/a'
const YAML = ['Content-Type: application/apply-patch+yaml']

describe('a body that is slow to parse', () => {
  const long = 'a: b\n'.repeat(100_000)

  it('is not parsed for a caller that may not send it', async () => {
    // Parsed, it would be refused as YAML that is too long.
    expect((await fixture.send(`PATCH ${PATH}`, YAML, long)).status).toBe(403)
  })

  it('is refused if it is YAML, and accepted if it is JSON', async () => {
    fixture.grants.push(grant(['patch'], ['configmaps']))
    expect((await fixture.send(`PATCH ${PATH}?force=true`, YAML, long)).status).toBe(413)
    expect(fixture.seen).toEqual([])
    const json = JSON.stringify({ data: { a: 'b'.repeat(100_000) } })
    expect((await fixture.send(`PATCH ${PATH}?force=true`, YAML, json)).status).toBe(200)
  })
})

it('a guess at an immutable Secret is refused', async () => {
  fixture.grants.push(grant(['update'], ['secrets']))
  const body = JSON.stringify({ metadata: { name: 'db' }, data: { password: Buffer.from(CANARY).toString('base64') } })
  const send = () => fixture.send('PUT /api/v1/namespaces/shop/secrets/db', ['Content-Type: application/json'], body)
  immutable = true
  expect((await send()).status).toBe(403)
  expect(fixture.seen).toEqual([])
  immutable = false
  expect((await send()).status).toBe(200)
})

describe('a log that is cut by limitBytes', () => {
  it.each([...Array(CANARY.length).keys()])('does not show the first %i bytes of a value', async (bytes) => {
    fixture.state.reply = (_, response) => response.setHeader('content-type', 'text/plain').end(`whole line\npassword ${CANARY.slice(0, bytes)}`)
    const answer = await fixture.send(`GET /api/v1/namespaces/shop/pods/web/log?limitBytes=${20 + bytes}`)
    expect(answer.body).toBe('whole line\n')
  })

  it('is delivered in whole lines, for any chunks', () => {
    const lines = createWholeLines({ push: (chunk) => chunk, end: () => Buffer.alloc(0) })
    expect(['ab', 'c\nd', 'e\nf\ng', 'h'].map((chunk) => lines.push(Buffer.from(chunk)).toString())).toEqual(['', 'abc\n', 'de\nf\n', ''])
    expect(lines.end()).toHaveLength(0)
    expect(() => lines.push(Buffer.alloc(2 << 20))).toThrow()
  })
})

it('only GET can watch by path', () => {
  expect(readRequest('GET', '/api/v1/watch/pods', new URLSearchParams()).verb).toBe('watch')
  for (const method of ['DELETE', 'POST', 'PUT', 'PATCH'])
    expect(() => readRequest(method, '/apis/jit.access/v1/watch/accessgrants/g', new URLSearchParams())).toThrow('cannot watch')
})

it.each([`application/json;x=${'y'.repeat(1100)}`, 'application/json;\u00e4'])(
  'a Content-Type that could not be forwarded is refused',
  async (type) => {
    fixture.grants.push(grant(['create'], ['configmaps']))
    expect((await fixture.send('POST /api/v1/namespaces/shop/configmaps', [`Content-Type: ${type}`], '{}')).status).toBe(400)
    expect(fixture.seen).toEqual([])
  },
)
