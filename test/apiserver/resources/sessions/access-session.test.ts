import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessSession } from '../../../../domain/api/access-session.ts'
import type { RecordEvent } from '../../../../domain/record/events.ts'
import type { NamedSource } from '../../../../apiserver/sessions/gateways.ts'
import { closedOf, dataOf, intentOf, openAt, openedOf, outcomeOf, refusedOf, sessionNamed } from '../../../server/records/sessions/agent-records.ts'
import { sessionsOf } from '../../sessions/folders.ts'
import { put, requestOf, serveApi, user, type Rights, type Served } from '../served.ts'

const T = Date.parse('2026-11-29T10:00:00.000Z')
const [A, B] = [sessionNamed('a'), sessionNamed('b')]
const NAME = `${A}-20261129t100000z`
const AUDITOR = user('auditor')
const AGENT = user('oidc:a')
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

let dirs: readonly string[] = []
let api: Served
const opened: Served[] = []
beforeEach(async () => {
  dirs = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'jit-session-'))))
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
  await Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true })))
})

async function write(gateway: number, events: readonly (readonly [ms: number, event: RecordEvent])[]): Promise<void> {
  const { recorder, write: one, at } = await openAt(dirs[gateway] ?? '', { startMs: T, host: `gateway-${gateway}`, pid: gateway + 1 })
  for (const [ms, event] of events) await one(T + ms, event)
  at(T + (events.at(-1)?.[0] ?? 0))
  await recorder.close()
}
async function serve(rights: Rights = ({ username }, { verb }) => verb === 'view' && username === 'auditor', more: readonly NamedSource[] = []) {
  const sessions = sessionsOf(dirs, more)
  api = await serveApi(T + 3_600_000, undefined, { sessions })
  api.rights = rights
  opened.push(api)
  return sessions
}
const itemsOf = (body: object): readonly AccessSession[] => (body as { readonly items: readonly AccessSession[] }).items
const namesOf = (body: object): readonly string[] => itemsOf(body).map(({ metadata }) => metadata.name)

describe('AccessSessions', () => {
  it('join what two gateways recorded of one session', async () => {
    await write(0, [
      [0, intentOf(A, '1', { policy: 'ci', namespace: 'shop' })],
      [5, outcomeOf(A, '1')],
    ])
    await write(1, [
      [500, refusedOf(A, '2', { policy: 'ci', namespace: 'prod' })],
      [900, intentOf(B, '3')],
    ])
    await serve()
    const { body, headers } = await api.send(AUDITOR, 'GET accesssessions')
    expect(namesOf(body)).toEqual([NAME, `${B}-20261129t100000z`])
    expect(headers.get('warning')).toBeNull()
    const { body: one } = await api.send(AUDITOR, `GET accesssessions/${NAME}`)
    expect(one).toMatchObject({
      kind: 'AccessSession',
      spec: { session: A, username: 'oidc:a' },
      status: {
        phase: 'Ended',
        startedAt: '2026-11-29T10:00:00.000Z',
        lastActivityAt: '2026-11-29T10:00:00.500Z',
        requests: 1,
        refused: 1,
        policies: [{ name: 'ci', namespaces: ['prod', 'shop'] }],
        gateways: ['gateway-0', 'gateway-1'],
        complete: true,
      },
    })
    const { body: events } = await api.send(AUDITOR, `GET accesssessions/${NAME}/events`)
    expect((events as { items: { event: string }[] }).items.map(({ event }) => event)).toEqual([
      'request.intent',
      'request.outcome',
      'request.refused',
    ])
  })

  it('are a Table for kubectl, in which a user name cannot execute escape sequences', async () => {
    await write(0, [[0, intentOf(A, '1', { user: 'oidc:a\u001b[2J\u009b31m' })]])
    await serve()
    const { body, text } = await api.send(AUDITOR, 'GET accesssessions', { accept: TABLE })
    expect((body as { rows: { cells: unknown[] }[] }).rows[0]?.cells.slice(0, 3)).toEqual([NAME, 'oidc:a\\u{1b}[2J\\u{9b}31m', 'Ended'])
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u001b\u009b]/)
  })

  it('are found whole by the name of the first part, when another gateway has the parts before and after', async () => {
    await write(0, [[0, intentOf(A, '1')]])
    await write(1, [
      [20 * 60_000, intentOf(A, '2')],
      [45 * 60_000, intentOf(A, '3')],
    ])
    await serve()
    for (const name of [NAME, `${A}-20261129t102000z`]) {
      const { body } = await api.send(AUDITOR, `GET accesssessions/${name}`)
      expect(body).toMatchObject({ metadata: { name }, status: { requests: 3, startedAt: '2026-11-29T10:00:00.000Z' } })
      const events = (await api.send(AUDITOR, `GET accesssessions/${name}/events`)).body as { readonly items: readonly object[] }
      expect(events.items).toHaveLength(3)
    }
  })

  it('come in pages that have each session once, with and without other filters', async () => {
    for (const gateway of [0, 1])
      await write(
        gateway,
        [...'abcdef'].map((letter, index) => [index, intentOf(sessionNamed(letter), letter)] as const),
      )
    await serve()
    const seen: string[] = []
    for (let token = ''; ;) {
      const { body } = await api.send(AUDITOR, `GET accesssessions?limit=2${token === '' ? '' : `&continue=${token}`}`)
      expect(itemsOf(body).length).toBeLessThanOrEqual(2)
      seen.push(...namesOf(body))
      token = (body as { metadata: { continue?: string } }).metadata.continue ?? ''
      if (token === '') break
    }
    expect(seen.map((name) => name[0])).toEqual([...'abcdef'])
    const { body: mine } = await api.send(AUDITOR, 'GET accesssessions?fieldSelector=spec.username%3Doidc:c')
    expect(namesOf(mine).map((name) => name[0])).toEqual(['c'])
    const { body: later } = await api.send(AUDITOR, 'GET accesssessions?since=2026-11-29T10:00:01Z')
    expect(namesOf(later)).toEqual([])
    expect((await api.send(AUDITOR, 'GET accesssessions?since=yesterday')).code).toBe(400)
    expect((await api.send(AUDITOR, 'GET accesssessions?continue=x')).code).toBe(400)
  })

  it.each([
    'GET accesssessions?watch=1',
    'POST accesssessions',
    'DELETE accesssessions',
    `PUT accesssessions/${NAME}`,
    `PATCH accesssessions/${NAME}`,
    `DELETE accesssessions/${NAME}`,
    `POST accesssessions/${NAME}/events`,
  ])('refuse %s as a method that is not allowed', async (line) => {
    await serve(() => true)
    const { code, body } = await api.send(AUDITOR, line, line.startsWith('GET') || line.startsWith('DELETE') ? {} : { body: {} })
    expect([code, body['reason']]).toEqual([405, 'MethodNotAllowed'])
  })

  it.each(['..%2f..', 'x', `${A}-20261129t100000z%2f..`, `${A}-20261129t095959z`, `${B}-20261129t100000z`])('have no %s', async (name) => {
    await write(0, [[0, intentOf(A, '1')]])
    await serve()
    expect([400, 404]).toContain((await api.send(AUDITOR, `GET accesssessions/${name}`)).code)
    expect([400, 404]).toContain((await api.send(AUDITOR, `GET accesssessions/${name}/events`)).code)
  })

  it("have the agent's own words of a request of that agent, and of no other", async () => {
    await write(0, [
      [0, intentOf(A, '1')],
      [1, { event: 'hold.filed', auditID: '2', session: A, request: 'hold-own', digest: 'd', timeoutSeconds: 1 }],
      [2, { event: 'hold.filed', auditID: '3', session: A, request: 'hold-other', digest: 'd', timeoutSeconds: 1 }],
    ])
    await serve()
    for (const [name, owner] of [
      ['hold-own', 'oidc:a'],
      ['hold-other', 'oidc:b'],
    ] as const) {
      const request = requestOf(name, { owner, policy: 'ci', namespaces: ['shop'] })
      await put(api.store, 'accessrequests', { ...request, spec: { ...request.spec, agent: { name: `words of ${owner}` } } })
    }
    const { body } = await api.send(AUDITOR, `GET accesssessions/${NAME}`)
    expect(body).toMatchObject({ status: { agent: { name: 'words of oidc:a' }, accessRequests: ['hold-own', 'hold-other'], held: 2 } })
  })
})

describe('who sees a session', () => {
  const place = fc.record({ policy: fc.constantFrom('one', 'two'), namespace: fc.constantFrom('a', 'b', '') })
  const right = fc.record({ policy: fc.constantFrom('one', 'two', '*'), namespace: fc.constantFrom('a', 'b', '*') })

  it('the agent itself, and who has view or certifies everything that it did, in every kind of read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(place, { maxLength: 4 }),
        fc.array(right, { maxLength: 3 }),
        fc.record({ view: fc.boolean(), caller: fc.constantFrom('oidc:a', 'oidc:b', 'someone') }),
        async (places, rights, { view, caller }) => {
          dirs = [await mkdtemp(join(tmpdir(), 'jit-session-'))]
          const events = places.map(({ policy, namespace }, index) => [index, intentOf(A, String(index), { policy, namespace })] as const)
          await write(0, [[0, intentOf(A, 'x')], ...events])
          const has = ({ policy, namespace }: { policy: string; namespace: string }): boolean =>
            rights.some((one) => [policy, '*'].includes(one.policy) && (one.namespace === '*' || one.namespace === namespace))
          await serve((_, { verb, name = '*', namespace = '*' }) => (verb === 'view' ? view : has({ policy: name, namespace })))
          const everywhere = has({ policy: '*', namespace: '*' })
          // A policy is certified in the whole cluster, or in every namespace in which it decided.
          const certified = [...new Set(places.map(({ policy }) => policy))].every(
            (policy) =>
              has({ policy, namespace: '*' }) || places.filter((each) => each.policy === policy).every((each) => each.namespace !== '' && has(each)),
          )
          const sees = caller === 'oidc:a' || view || everywhere || (places.length > 0 && certified)
          const as = user(caller)
          expect(namesOf((await api.send(as, 'GET accesssessions')).body)).toEqual(sees ? [NAME] : [])
          for (const path of ['', '/events']) expect((await api.send(as, `GET accesssessions/${NAME}${path}`)).code).toBe(sees ? 200 : 404)
          expect((await api.send(as, `GET accesssessions/${NAME}/recording?stream=none`)).code).toBe(404)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('is recorded before it is shown, once for each look, and not for the agent itself', async () => {
    await write(0, [
      [0, intentOf(A, '1')],
      [1, openedOf(A, 's')],
      [2, closedOf(A, 's', 1)],
    ])
    const { recorded } = await serve()
    await api.send(AGENT, `GET accesssessions/${NAME}/events`)
    for (const path of ['events', 'events?limit=1', 'recording']) await api.send(AUDITOR, `GET accesssessions/${NAME}/${path}`)
    expect(recorded.map((event) => ({ ...event, auditID: '' }))).toEqual([
      { event: 'session.watched', auditID: '', by: 'auditor', watched: NAME, of: 'oidc:a', what: 'Events', stream: undefined },
      { event: 'session.watched', auditID: '', by: 'auditor', watched: NAME, of: 'oidc:a', what: 'Recording', stream: 's' },
    ])
  })

  it('is not shown when it cannot be recorded', async () => {
    await write(0, [[0, intentOf(A, '1')]])
    const sessions = sessionsOf(dirs)
    const record = () => Promise.reject(new Error('the disk is full'))
    api = await serveApi(T, undefined, { sessions: { ...sessions, recorder: { record, note: record } } })
    opened.push(api)
    api.rights = () => true
    expect((await api.send(AUDITOR, `GET accesssessions/${NAME}/events`)).code).toBe(503)
  })
})

describe('a recording', () => {
  const cast = (text: string): readonly unknown[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)

  it('is an asciicast of the stream that is chosen, with its escape sequences as JSON', async () => {
    await write(0, [
      [0, intentOf(A, 's')],
      [1, openedOf(A, 's')],
      [2, { event: 'stream.data', auditID: 's', session: A, channel: 'resize', offsetMs: 1, data: '100x40' }],
      [3, dataOf(A, 's', 20, '\u001b[31mred\u009b0m')],
      [4, dataOf(A, 's', 1020, 'later')],
      [5, closedOf(A, 's', 2000)],
      [6, openedOf(A, 't')],
    ])
    await serve()
    const { code, text, headers } = await api.send(AUDITOR, `GET accesssessions/${NAME}/recording?stream=s`)
    expect([code, headers.get('content-type')]).toEqual([200, 'application/x-asciicast'])
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    expect(cast(text)).toEqual([
      expect.objectContaining({ version: 2, width: 100, height: 40, command: 'sh', title: `oidc:a ${NAME}` }),
      [0.001, 'r', '100x40'],
      [0.02, 'o', '\u001b[31mred\u009b0m'],
      [1.02, 'o', 'later'],
    ])
    expect(cast((await api.send(AUDITOR, `GET accesssessions/${NAME}/recording?stream=s&after=0.5`)).text).slice(1)).toEqual([[1.02, 'o', 'later']])
    const { code: which, body } = await api.send(AUDITOR, `GET accesssessions/${NAME}/recording`)
    expect([which, body['message']]).toEqual([400, 'stream: the audit ID of a terminal is required; choose one of: s, t'])
    expect((await api.send(AUDITOR, `GET accesssessions/${NAME}/recording?stream=nothing`)).code).toBe(404)
  })
})

describe('a gateway that is away', () => {
  const away = (source: NamedSource['source']): NamedSource => ({ name: '10.0.0.9:8444', source })
  const failing: NamedSource['source'] = {
    runs: () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })),
    events: () => Promise.reject(new Error('secret of a gateway')),
    stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('away')) }) }),
  }

  it('is named in a warning, in the list, in each session and in the events', async () => {
    await write(0, [[0, intentOf(A, '1')]])
    await serve(undefined, [away(failing), { name: 'other', source: { failure: 'no address is known for it' } }])
    const { body, headers } = await api.send(AUDITOR, 'GET accesssessions')
    const missing = [
      { gateway: '10.0.0.9:8444', message: 'it cannot be reached (ECONNREFUSED)' },
      { gateway: 'other', message: 'no address is known for it' },
    ]
    expect((body as { missing: unknown }).missing).toEqual(missing)
    expect(itemsOf(body)[0]?.status?.complete).toBe(false)
    expect(headers.get('warning')).toContain(
      '299 - "the records of gateway 10.0.0.9:8444 are not in this answer: it cannot be reached (ECONNREFUSED)"',
    )
    expect((await api.send(AUDITOR, 'GET accesssessions', { accept: TABLE })).headers.get('warning')).toContain('10.0.0.9:8444')
    const events = await api.send(AUDITOR, `GET accesssessions/${NAME}/events`)
    expect(events.text).not.toContain('secret of a gateway')
    expect((events.body as { missing: unknown[] }).missing).toHaveLength(2)
  })

  it('makes a session that nobody else has unknown, and not absent', async () => {
    await serve(undefined, [away(failing)])
    const { code, body } = await api.send(AUDITOR, `GET accesssessions/${NAME}`)
    expect([code, body['reason']]).toEqual([503, 'ServiceUnavailable'])
    expect(body['message']).toContain('10.0.0.9:8444')
  })

  it('says that no gateway is configured', async () => {
    api = await serveApi(T, undefined, {
      sessions: { ...sessionsOf([]), sessions: (await import('../../../../apiserver/sessions/sessions.ts')).createSessions(undefined) },
    })
    opened.push(api)
    expect((await api.send(AUDITOR, 'GET accesssessions')).headers.get('warning')).toContain('no gateways are configured')
  })
})
