import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intentOf, outcomeOf, openedOf, closedOf, refusedOf, sessionNamed } from '../../../server/records/sessions/agent-records.ts'
import { put, requestOf, user } from '../served-api.ts'
import { A, AGENT, AUDITOR, B, itemsOf, NAME, namesOf, TABLE, twoGateways } from './two-gateways.ts'

const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f'] as const
const full = () => Promise.reject(new Error('the disk is full'))
const minute = (minutes: number, id: string) => [minutes * 60_000, intentOf(A, id)] as const
const gateways = twoGateways()

describe('AccessSessions', () => {
  it('join what two gateways recorded of one session', async () => {
    await gateways.write(0, [
      [0, intentOf(A, '1', { policy: 'ci', namespace: 'shop' })],
      [5, outcomeOf(A, '1')],
    ])
    await gateways.write(1, [
      [500, refusedOf(A, '2', { policy: 'ci', namespace: 'prod' })],
      [900, intentOf(B, '3')],
    ])
    const { api } = await gateways.serve()
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
    await gateways.write(0, [[0, intentOf(A, '1', { user: 'oidc:a\u001b[2J\u009b31m' })]])
    const { api } = await gateways.serve()
    const { body, text } = await api.send(AUDITOR, 'GET accesssessions', { accept: TABLE })
    expect((body as { rows: { cells: unknown[] }[] }).rows[0]?.cells.slice(0, 3)).toEqual([NAME, 'oidc:a\\u{1b}[2J\\u{9b}31m', 'Ended'])
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u001b\u009b]/)
  })

  it('are found whole by the name of the first part, when another gateway has the parts before and after', async () => {
    await gateways.write(0, [[0, intentOf(A, '1')]])
    await gateways.write(1, [
      [20 * 60_000, intentOf(A, '2')],
      [45 * 60_000, intentOf(A, '3')],
    ])
    const { api } = await gateways.serve()
    for (const name of [NAME, `${A}-20261129t102000z`]) {
      const { body } = await api.send(AUDITOR, `GET accesssessions/${name}`)
      expect(body).toMatchObject({ metadata: { name }, status: { requests: 3, startedAt: '2026-11-29T10:00:00.000Z' } })
      const events = (await api.send(AUDITOR, `GET accesssessions/${name}/events`)).body as { readonly items: readonly object[] }
      expect(events.items).toHaveLength(3)
    }
  })

  it('are found whole when gateways took turns for longer than a pause', async () => {
    const turns = Array.from({ length: 14 }, (_, turn) => minute(turn * 25, String(turn)))
    for (const gateway of [0, 1])
      await gateways.write(
        gateway,
        turns.filter((_, turn) => turn % 2 === gateway),
      )
    const { api } = await gateways.serve()
    for (const name of [NAME, `${A}-20261129t125500z`, `${A}-20261129t152500z`]) {
      const { body } = await api.send(AUDITOR, `GET accesssessions/${name}`)
      expect(body).toMatchObject({ status: { requests: 14, startedAt: '2026-11-29T10:00:00.000Z', lastActivityAt: '2026-11-29T15:25:00.000Z' } })
    }
  })

  it('come in pages that have each session once, with and without other filters', async () => {
    for (const gateway of [0, 1])
      await gateways.write(
        gateway,
        [...LETTERS].map((letter, index) => [index, intentOf(sessionNamed(letter), letter)] as const),
      )
    const { api } = await gateways.serve()
    const seen: string[] = []
    for (let token = ''; ;) {
      const { body } = await api.send(AUDITOR, `GET accesssessions?limit=2${token === '' ? '' : `&continue=${token}`}`)
      expect(itemsOf(body).length).toBeLessThanOrEqual(2)
      seen.push(...namesOf(body))
      token = (body as { metadata: { continue?: string } }).metadata.continue ?? ''
      if (token === '') break
    }
    expect(seen.map((name) => name[0])).toEqual([...LETTERS])
    const { body: mine } = await api.send(AUDITOR, 'GET accesssessions?fieldSelector=spec.username%3Doidc:c')
    expect(namesOf(mine).map((name) => name[0])).toEqual(['c'])
    const { body: later } = await api.send(AUDITOR, 'GET accesssessions?since=2026-11-29T10:00:01Z')
    expect(namesOf(later)).toEqual([])
    expect((await api.send(AUDITOR, 'GET accesssessions?since=yesterday')).code).toBe(400)
    expect((await api.send(AUDITOR, 'GET accesssessions?continue=x')).code).toBe(400)
    const { body: page } = await api.send(AUDITOR, 'GET accesssessions?limit=2')
    const old = (page as { metadata: { continue?: string } }).metadata.continue ?? ''
    api.clock.now += 16 * 60_000
    expect((await api.send(AUDITOR, `GET accesssessions?limit=2&continue=${old}`)).body).toMatchObject({ code: 410, reason: 'Expired' })
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
    const { api } = await gateways.serve(() => true)
    const { code, body } = await api.send(AUDITOR, line, line.startsWith('GET') || line.startsWith('DELETE') ? {} : { body: {} })
    expect([code, body['reason']]).toEqual([405, 'MethodNotAllowed'])
  })

  it.each(['..%2f..', 'x', `${A}-20261129t100000z%2f..`, `${A}-20261129t095959z`, `${B}-20261129t100000z`])('have no %s', async (name) => {
    await gateways.write(0, [[0, intentOf(A, '1')]])
    const { api } = await gateways.serve()
    expect([400, 404]).toContain((await api.send(AUDITOR, `GET accesssessions/${name}`)).code)
    expect([400, 404]).toContain((await api.send(AUDITOR, `GET accesssessions/${name}/events`)).code)
  })

  it("have the agent's own words of a request of that agent, and of no other", async () => {
    await gateways.write(0, [
      [0, intentOf(A, '1')],
      [1, { event: 'hold.filed', auditID: '2', session: A, request: 'hold-own', digest: 'd', timeoutSeconds: 1 }],
      [2, { event: 'hold.filed', auditID: '3', session: A, request: 'hold-other', digest: 'd', timeoutSeconds: 1 }],
    ])
    const { api } = await gateways.serve()
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
          await gateways.fresh()
          const events = places.map(({ policy, namespace }, index) => [index, intentOf(A, String(index), { policy, namespace })] as const)
          await gateways.write(0, [[0, intentOf(A, 'x')], ...events])
          const has = ({ policy, namespace }: { policy: string; namespace: string }): boolean =>
            rights.some((one) => [policy, '*'].includes(one.policy) && (one.namespace === '*' || one.namespace === namespace))
          const { api } = await gateways.serve((_, { verb, name = '*', namespace = '*' }) =>
            verb === 'view' ? view : has({ policy: name, namespace }),
          )
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

  it('is shown to an approver without what a gateway has that was away when their rights were judged', async () => {
    await gateways.write(0, [[0, intentOf(A, '1', { policy: 'one', namespace: 'a' })]])
    await gateways.write(1, [
      [1, intentOf(A, '2', { policy: 'two', namespace: 'b' })],
      [2, openedOf(A, 's')],
      [3, closedOf(A, 's', 1)],
      [4, intentOf(A, '3', { policy: 'two', namespace: 'b' })],
    ])
    await gateways.write(0, [[10, intentOf(A, '4', { policy: 'one', namespace: 'a' })]])
    const { api } = await gateways.serveBusy(1, (_, { verb, name }) => verb === 'certify' && name === 'one')
    const approver = user('someone')
    const { body, headers } = await api.send(approver, `GET accesssessions/${NAME}/events`)
    expect((body as unknown as { items: { auditID: string }[] }).items.map(({ auditID }) => auditID)).toEqual(['1', '4'])
    expect(headers.get('warning')).toContain('g1')
    expect((await api.send(approver, `GET accesssessions/${NAME}/recording?stream=s`)).code).toBe(503)
    api.rights = (_, { verb }) => verb === 'view'
    const { body: whole } = await api.send(AUDITOR, `GET accesssessions/${NAME}/events`)
    expect((whole as unknown as { items: object[] }).items).toHaveLength(6)
  })

  it('makes no page of a list for who does not see it', async () => {
    const [C, D] = [sessionNamed('c'), sessionNamed('d')]
    const [open, hidden] = [
      { policy: 'one', namespace: 'a' },
      { policy: 'two', namespace: 'a' },
    ]
    for (const [session, more] of [
      [A, open],
      [B, hidden],
      [C, open],
      [D, hidden],
    ] as const)
      await gateways.write(0, [[0, intentOf(session, '1', more)]])
    const { api } = await gateways.serve((_, { verb, name }) => verb === 'certify' && name === 'one')
    const page = async (query: string) => (await api.send(user('someone'), `GET accesssessions?limit=1${query}`)).body
    const first = await page('')
    const token = (first as { metadata: { continue?: string } }).metadata.continue ?? ''
    const second = await page(`&continue=${token}`)
    expect([first, second].map((body) => namesOf(body).map((name) => name[0]))).toEqual([['a'], ['c']])
    expect(second['metadata']).not.toHaveProperty('continue')
  })

  it('is recorded before it is shown, once for each look, and not for the agent itself', async () => {
    await gateways.write(0, [
      [0, intentOf(A, '1')],
      [1, openedOf(A, 's')],
      [2, closedOf(A, 's', 1)],
    ])
    const { api, recorded } = await gateways.serve()
    await api.send(AGENT, `GET accesssessions/${NAME}/events`)
    for (const path of ['events', 'events?limit=1', 'recording']) await api.send(AUDITOR, `GET accesssessions/${NAME}/${path}`)
    expect(recorded.map((event) => ({ ...event, auditID: '' }))).toEqual([
      { event: 'session.watched', auditID: '', by: 'auditor', watched: NAME, of: 'oidc:a', what: 'Events', stream: undefined },
      { event: 'session.watched', auditID: '', by: 'auditor', watched: NAME, of: 'oidc:a', what: 'Recording', stream: 's' },
    ])
  })

  it('leaves one record for all names of a session, and none for a recording that does not exist', async () => {
    await gateways.write(0, [
      [0, intentOf(A, '1')],
      [5_000, intentOf(A, '2')],
    ])
    const { api, recorded } = await gateways.serve()
    for (const second of ['00', '01', '02'])
      expect((await api.send(AUDITOR, `GET accesssessions/${A}-20261129t1000${second}z/events`)).code).toBe(200)
    for (const stream of ['x', 'y']) expect((await api.send(AUDITOR, `GET accesssessions/${NAME}/recording?stream=${stream}`)).code).toBe(404)
    expect(recorded.map((event) => ('what' in event ? event.what : ''))).toEqual(['Events'])
  })

  it('is not shown when it cannot be recorded', async () => {
    await gateways.write(0, [[0, intentOf(A, '1')]])
    const api = await gateways.serveWith(() => true, { ...gateways.sources(), recorder: { record: full, note: full } })
    expect((await api.send(AUDITOR, `GET accesssessions/${NAME}/events`)).code).toBe(503)
  })
})
