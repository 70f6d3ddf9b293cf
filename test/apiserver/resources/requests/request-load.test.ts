import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { Store } from '../../../../apiserver/storage/port.ts'
import { openSqliteStore } from '../../../../apiserver/storage/sqlite.ts'
import { policy } from '../../../domain/builders.ts'
import { until } from '../../../until.ts'
import { put, requestOf, serveApi, user, type Served } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const [AGENT, OTHER] = [user('mallory'), user('ann')]
const MOST = 120

/** Counts the objects that are read. `held`: the next read of a requester's entry waits for it. */
function counting(store: Store) {
  const read: { objects: number; held?: Promise<void> | undefined } = { objects: 0 }
  const counted: Store = {
    ...store,
    get: async (...args) => {
      read.objects += 1
      if (args[0] === 'requestusage') {
        const { held } = read
        read.held = undefined
        await held
      }
      return await store.get(...args)
    },
    list: async (...args) => {
      const page = await store.list(...args)
      read.objects += page.entries.length
      return page
    },
  }
  return { store: counted, read }
}

let api: Served
let read: ReturnType<typeof counting>['read']
let inner: Store
beforeEach(async () => {
  inner = openSqliteStore(':memory:', START)
  const made = counting(inner)
  read = made.read
  api = await serveApi(START, made.store)
  const subjects = [AGENT, OTHER].map(({ username }) => ({ kind: 'User' as const, name: username }))
  await put(api.store, 'accesspolicies', policy('agents', { subjects, requests: { maxPending: MOST, perHour: 1000 } }))
})
afterEach(async () => {
  await api.close()
  await inner.close()
})

let made = 0
const ask = () => {
  made += 1
  const rules = [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'], resourceNames: [`n${made}`] }]
  return { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: `n${made}` }, spec: { rules } }
}
const file = (as = AGENT, body: object = ask()) => api.send(as, 'POST accessrequests', { body })
/** What one request costs: objects read and access reviews. */
async function costOf(work: () => Promise<{ readonly code: number }>) {
  const before = { objects: read.objects, reviews: api.reviews }
  const { code } = await work()
  return { code, objects: read.objects - before.objects, reviews: api.reviews - before.reviews }
}
const fill = async (count: number) => {
  for (let index = 0; index < count; index += 1) expect((await file()).code).toBe(201)
}

describe('a requester with many pending requests', () => {
  it('costs no more for the next one, until it is at its limit', async () => {
    await fill(1)
    const second = await costOf(() => file())
    await fill(MOST - 3)
    expect(await costOf(() => file())).toEqual(second)
  })

  it('that goes on at its limit has them read once, costs no access review of what it asks, and reads again when something changed', async () => {
    await fill(MOST)
    const first = await costOf(() => file())
    const again = await costOf(() => file())
    expect([first.code, again.code]).toEqual([429, 429])
    expect(first.objects).toBeGreaterThanOrEqual(MOST)
    expect(again.objects).toBeLessThan(MOST / 10)
    const accepted = await costOf(() => file(OTHER))
    expect(again.reviews).toBeLessThan(accepted.reviews)
    const stored = await api.store.get('accessrequests', `n${made - 5}`)
    const denied = { ...(stored?.value as unknown as AccessRequest), status: { conditions: [{ type: 'Denied', status: 'True' as const }] } }
    await put(api.store, 'accessrequests', denied)
    expect((await file()).code).toBe(201)
    expect((await file()).code).toBe(429)
  })

  it('is found to repeat itself without reading the others', async () => {
    const first = ask()
    expect((await file(AGENT, first)).code).toBe(201)
    await fill(40)
    const again = await costOf(() => file(AGENT, { ...first, metadata: { name: 'again' } }))
    expect(again.code).toBe(409)
    expect(again.objects).toBeLessThan(20)
  })

  it('has a small entry, however many requests it made in the hour', async () => {
    await fill(MOST)
    const [entry] = (await api.store.list('requestusage')).entries
    const value = entry?.value as { readonly times: readonly number[] }
    expect(value.times).toHaveLength(MOST)
    expect(JSON.stringify(value.times).length).toBeLessThan(MOST * 8)
  })
})

it('entries of an earlier version still count', async () => {
  await fill(1)
  const [entry] = (await api.store.list('requestusage')).entries
  const uses = Array.from({ length: 1000 }, (_, index) => ({ name: `gone${index}`, atMs: START - 60_000, untilMs: START + 60_000 }))
  await api.store.commit([
    { resource: 'requestusage', name: entry?.name ?? '', expected: entry?.version ?? 0, value: { requester: 'mallory', uses } },
  ])
  const { code, body } = await file()
  expect([code, body['message']]).toEqual([429, expect.stringContaining('the next is possible in 59 min')])
  api.clock.now += 59 * 60_000
  expect((await file()).code).toBe(201)
})

it('of many requests that one requester sends at once, those that cannot wait are refused, and another requester is served', async () => {
  const gate = Promise.withResolvers<void>()
  read.held = gate.promise
  const answered = { count: 0 }
  const flood = Array.from({ length: 80 }, () => file().finally(() => (answered.count += 1)))
  // One is under way and 32 wait.
  await until('the rest is refused', () => answered.count === 80 - 33)
  const other = await file(OTHER)
  gate.resolve()
  const codes = (await Promise.all(flood)).map(({ code }) => code)
  expect(other.code).toBe(201)
  expect([201, 429].map((code) => codes.filter((each) => each === code).length)).toEqual([33, 47])
  expect((await api.store.list('accessrequests')).entries).toHaveLength(codes.filter((code) => code === 201).length + 1)
})

it('the list of one name reads one request, however many there are', async () => {
  await fill(60)
  const before = read.objects
  const { body } = await api.send(AGENT, `GET accessrequests?fieldSelector=metadata.name%3Dn${made}`)
  expect((body as unknown as { readonly items: readonly { readonly metadata: object }[] }).items).toMatchObject([{ metadata: { name: `n${made}` } }])
  expect(read.objects - before).toBeLessThan(10)
})

it.each([
  ['that does not exist', 'metadata.name=none'],
  ['of somebody else', 'metadata.name=theirs'],
  ['that other terms exclude', 'metadata.name=n1,spec.policy=another'],
])('the list of a name %s is empty', async (_, selector) => {
  await put(api.store, 'accessrequests', requestOf('theirs', { owner: 'ann', policy: 'agents', namespaces: ['shop'] }))
  const { code, body } = await api.send(AGENT, `GET accessrequests?fieldSelector=${encodeURIComponent(selector)}`)
  expect([code, body['items']]).toEqual([200, []])
})
