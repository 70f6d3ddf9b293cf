import { afterAll, beforeAll, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { readObject } from '../../../gateway/classify/read-object.ts'
import { createLimits } from '../../../gateway/wire-limits.ts'
import { CALLER, createFixture, type Fixture } from '../../gateway/gateway-fixture.ts'
import { until } from '../../until.ts'

/** X. Bodies that take long to read, from an agent that may not send them. */
const EVIL = { ...CALLER, identity: { ...CALLER.identity, username: 'oidc:evil' }, session: 'session-2' }
const DECISION_MS = 2_000
const AT_ONCE = 12

let fixture: Fixture
let nowMs = 0
let decisions = 0
beforeAll(async () => {
  fixture = await createFixture(() => ({
    authenticator: (token) =>
      token === 'evil' ? Promise.resolve(EVIL) : token === 'good' ? Promise.resolve(CALLER) : Promise.reject(new StatusError('Unauthorized', 'no')),
    limits: createLimits({}, undefined, () => nowMs),
    // Reading the object for a condition takes two seconds, on a clock that nothing else moves.
    evaluate: () => {
      nowMs += DECISION_MS
      decisions++
      return true
    },
  }))
  const match = { resources: ['configmaps'], verbs: ['create'], condition: 'object.metadata.name == "a"' }
  const [policy] = fixture.policies
  if (policy !== undefined) Object.assign(policy.spec, { rules: [{ name: 'maps', match, effect: 'Deny' }] })
})
afterAll(() => fixture.stop())

const send = (token: string, line: string, body = ''): ReturnType<Fixture['raw']> =>
  fixture.raw(
    `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
const large = (bytes: number): string => `{"metadata":{"name":"a"},"x":"${'0'.repeat(bytes)}"}`

it('X482 the options of a deletion are refused before they are read, if they are too long', async () => {
  fixture.seen.length = 0
  for (const line of [
    'DELETE /api/v1/namespaces/shop/configmaps/a',
    'DELETE /api/v1/namespaces/shop/configmaps',
    'POST /api/v1/namespaces/shop/pods/a/eviction',
  ]) {
    expect([line, (await send('evil', line, large(64 * 1024))).status]).toEqual([line, 413])
    expect([line, (await send('evil', line, large(1024))).status]).not.toEqual([line, 413])
  }
  expect(fixture.seen).toEqual([])
  // A server behind a proxy may take more.
  const proxied = 'DELETE /api/v1/namespaces/shop/services/web/proxy/a'
  expect((await send('evil', proxied, large(64 * 1024))).status).not.toBe(413)
})

it('X483 an agent that sends large bodies, which rules have to see, waits for itself, and others do not', async () => {
  nowMs += 60_000
  const line = 'POST /api/v1/namespaces/shop/configmaps'
  const evil = Array.from({ length: AT_ONCE }, () => send('evil', line, large(200_000)))
  await until('its first bodies are read', () => decisions >= 2)
  expect((await send('good', 'GET /api/v1/namespaces/shop/configmaps/a')).status).toBe(200)
  expect(decisions).toBe(2)
  await until('the others are read as time goes on', () => ((nowMs += 1_000), decisions === AT_ONCE))
  expect(new Set((await Promise.all(evil)).map(({ status }) => status))).toEqual(new Set([403]))
})

it('X484 a body is compared with what was read of it without a visit of each object', () => {
  expect(readObject(Buffer.from('{"a":{"a":1,"b":[{"a":":"}]},"b":"\\"a\\":1"}'))).toEqual({ a: { a: 1, b: [{ a: ':' }] }, b: '"a":1' })
  expect(() => readObject(Buffer.from('{"a":{"b":1,"b":2}}'))).toThrow('duplicate key')
  expect(() => readObject(Buffer.from('{"__proto__":1,"__proto__":2}'))).toThrow('duplicate key')
  expect(() => readObject(Buffer.from(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`))).toThrow('nests too deep')
})
