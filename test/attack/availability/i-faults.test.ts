import { gzipSync } from 'node:zlib'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { matchesPattern } from '../../../apiserver/resources/policies/policy-pattern.ts'
import { createConditionEvaluator } from '../../../server/conditions/cel.ts'
import { createAdminServer, listen } from '../../../server/http/admin.ts'
import { createMetrics } from '../../../server/metrics.ts'
import { CANARY, createFixture, type Fixture } from '../../gateway/gateway-fixture.ts'
import { costExponent, LINEAR } from '../../measure/processor-cost.ts'
import { liveGrant } from '../../domain/builders.ts'
import { rawClient, until } from '../oracles/raw-client.ts'
import { leaksIn } from '../oracles/canary.ts'
import { grep } from '../oracles/grep.ts'

/** I. Events that must not stop a server: an error in any function, a pattern, a compression bomb. */
let fixture: Fixture
beforeAll(async () => void (fixture = await createFixture()))
afterAll(() => fixture.stop())
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64')
const secret = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'db', namespace: 'shop' }, data: { password: base64(CANARY) } }
const live = liveGrant({ rules: [{ verbs: ['patch', 'create'], resources: ['configmaps', 'pods/exec'], namespaces: ['shop'] }] })
beforeEach(() => {
  fixture.seen.length = 0
  fixture.grants.splice(0, Infinity, live)
  fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(secret))
})

/** The path of every function that the pipeline depends on. */
function places(at: object, path: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(at).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === 'function') return [[...path, key]]
    return typeof value === 'object' && value !== null && path.length === 0 ? places(value, [key]) : []
  })
}
/** Replaces a function; returns how to restore it. */
function replace(path: readonly string[], by: () => unknown): { readonly back: () => void; readonly called: () => boolean } {
  const last = path.at(-1) as string
  const holder = path.slice(0, -1).reduce<unknown>((at, key) => (at as { readonly [key: string]: unknown })[key], fixture.deps) as {
    [key: string]: unknown
  }
  const own = Object.getOwnPropertyDescriptor(holder, last) as PropertyDescriptor
  let called = false
  holder[last] = () => {
    called = true
    return by()
  }
  return { back: () => void Object.defineProperty(holder, last, own), called: () => called }
}
const FAULTS: readonly (readonly [string, () => unknown])[] = [
  [
    'throws',
    () => {
      throw new Error('boom')
    },
  ],
  ['rejects', () => Promise.reject(new Error('boom'))],
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors
  ['rejects with nothing', () => Promise.reject(undefined)],
  ['gives nothing', () => undefined],
]
/** Functions whose success allows a request: without it nothing proceeds. */
const GATE = /^(authenticator|recorder[.]record|view[.]grantsOf|evaluate|masking[.]values|limits[.]enter)$/
/** Awaited functions can fail in more ways than synchronous ones. The clock cannot fail. */
const WAITED_FOR = /^(authenticator|view[.]freshGrants|masking[.]values|claim|recorder[.]|hold|relay|upstream[.](request|connect|credential))/
const faultsOf = (path: string): typeof FAULTS => (path.startsWith('clock.') ? [] : WAITED_FOR.test(path) ? FAULTS : FAULTS.slice(0, 1))

describe('I. errors', () => {
  it('I08 an error in any function that a request uses refuses that request and affects no other', async () => {
    const touched = new Set<string>()
    for (const path of places(fixture.deps))
      for (const [fault, by] of faultsOf(path.join('.'))) {
        const what = `${path.join('.')} ${fault}`
        const { back, called } = replace(path, by)
        fixture.seen.length = 0
        const socket = ['Connection: Upgrade', 'Upgrade: SPDY/3.1']
        const answers = await Promise.all([
          fixture.send('GET /api/v1/namespaces/shop/secrets/db'),
          fixture.send('PATCH /api/v1/namespaces/shop/configmaps/a', ['Content-Type: application/merge-patch+json'], '{"data":{"a":"b"}}'),
          fixture.raw(
            `POST /api/v1/namespaces/shop/pods/web/exec?command=id&stdout=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\n${socket.join('\r\n')}\r\n\r\n`,
          ),
        ])
        await sleep(5)
        back()
        if (called()) touched.add(path.join('.'))
        for (const { raw } of answers) {
          expect(leaksIn(Buffer.from(raw), [CANARY]), what).toEqual([])
          expect(raw, what).not.toContain('boom')
        }
        // The recorder returns nothing, so resolving with nothing is not a failure; values are awaited before they are used.
        if (called() && GATE.test(path.join('.')) && !/^(recorder[.]record|masking[.]values) gives/.test(what))
          expect(
            fixture.seen.filter(({ line }) => line.startsWith('PATCH')),
            what,
          ).toEqual([])
        await until(`${what}: nothing in flight`, () => fixture.deps.limits.inFlight === 0)
        expect((await fixture.send('GET /api/v1/namespaces/shop/secrets/db')).status, what).toBe(200)
      }
    expect(touched.size).toBeGreaterThan(8)
  })
})

describe('I. patterns and bombs', () => {
  it('I05 a condition or pattern of a policy takes linear time for any input of an agent', async () => {
    const evaluate = createConditionEvaluator()
    const request = { verb: 'get', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: '', name: '', path: '/', dryRun: false }
    const user = { username: '', groups: [] }
    for (const pattern of ['^(a+)+$', '(a|a)*b', 'a*a*a*a*a*b', '.*.*.*=', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
      const judge = (size: number): void => {
        const text = `${'a'.repeat(size)}!`
        expect(evaluate(`object.a.matches(${JSON.stringify(pattern)})`, { request, user, object: { a: text } })).toBe(false)
        expect(matchesPattern(pattern, text)).toBe(false)
      }
      expect(await costExponent(judge, [4_000, 64_000]), pattern).toBeLessThan(LINEAR)
    }
  })
  it('I05 no regular expression is built from a request', async () => {
    const made = await grep(['gateway', 'webhook', 'controller', 'console', 'login', 'apiserver', 'domain', 'server', 'kube'], /RegExp\(/)
    // Patterns from our own constants and from schemas of our own kinds.
    const known =
      /^(domain\/(mask\/(secret\/placeholders|match\/value-forms|match\/strength\/(public-forms|code))|api\/plain-text|policy\/conditions\/condition-variables)|apiserver\/machinery\/(write\/validate|read\/selectors)|login\/saml\/xml\/grammar)[.]ts: /
    expect(made.filter((line) => !known.test(line))).toEqual([])
  })
  it('I06 a bomb in an encoding that was not requested gets 502 without its bytes', async () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'x-gzip']) {
      fixture.state.reply = (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding })
        response.end(gzipSync(gzipSync(Buffer.alloc(16 * 1024 * 1024))))
      }
      const answer = await fixture.send('GET /api/v1/namespaces/shop/configmaps')
      expect(answer.status, encoding).toBe(502)
      expect(JSON.parse(answer.body), encoding).toMatchObject({ kind: 'Status', code: 502 })
    }
  })
  it('I06 a bomb packed as a Helm release is neither unpacked nor shown', async () => {
    const bomb = base64(base64(gzipSync(Buffer.alloc(256 * 1024 * 1024, `{"a":"${CANARY}"}`))))
    fixture.state.reply = (_, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ...secret, type: 'helm.sh/release.v1', data: { release: bomb } }))
    }
    const before = process.memoryUsage().rss
    const answer = await fixture.send('GET /api/v1/namespaces/shop/secrets/db')
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024)
    expect([200, 502]).toContain(answer.status)
    expect(answer.raw).not.toContain(bomb.slice(0, 200))
  })
})

describe('I. the admin port', () => {
  it('X41 drops slow request heads, accepts no body and no other method, and answers meanwhile', async () => {
    const server = createAdminServer({ registry: createMetrics(), ready: [] })
    Object.assign(server, { headersTimeout: 300 })
    server.setTimeout(400)
    const port = await listen(server, { address: '127.0.0.1', port: 0 })
    const door = { host: '127.0.0.1', port, ca: '' }
    const slow = ['GET /livez HTTP/1.1\r\nHost: a', 'POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n'].map((bytes) => {
      const client = rawClient(door)
      client.send(bytes)
      return client
    })
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'DELETE' })).status).toBe(405)
    for (const { ended } of slow) await ended
    expect(server.maxConnections).toBeGreaterThan(0)
    server.close()
  })
})
