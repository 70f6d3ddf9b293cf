import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { grant, policy } from '../../domain/builders.ts'
import { until } from '../../until.ts'
import { put, serveApi, user, type Served } from './served-api.ts'

const START = Date.parse('2026-11-24T12:00:00Z')
const ADMIN = user('admin')

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  api.rights = () => true
  await put(api.store, 'accesspolicies', policy('agents'))
  const times = { notBefore: '2026-11-24T11:00:00Z', expiresAt: '2026-11-24T13:00:00Z' }
  const named = (name: string, spec: Parameters<typeof grant>[0], status?: Parameters<typeof grant>[1]) => ({
    ...grant({ ...times, ...spec }, status),
    metadata: { name, uid: name, creationTimestamp: times.notBefore },
  })
  await put(api.store, 'accessgrants', named('live', {}))
  await put(api.store, 'accessgrants', named('later', { notBefore: '2026-11-24T12:30:00Z' }))
  await put(api.store, 'accessgrants', named('over', { expiresAt: '2026-11-24T11:30:00Z' }))
  const revoked = named('revoked', {}, { conditions: [{ type: 'Revoked', status: 'True' }] })
  await put(api.store, 'accessgrants', revoked)
  await put(api.store, 'accessgrants', named('part', { transferredFrom: [{ grantName: 'revoked', grantUID: 'revoked', username: 'x' }] }))
})
afterEach(() => api.close())

type Item = { readonly metadata: { readonly name: string }; readonly status?: { readonly phase?: string } }
async function names(selector: string): Promise<readonly string[]> {
  const { code, body } = await api.send(ADMIN, `GET accessgrants?fieldSelector=${encodeURIComponent(selector)}`)
  return code === 200 ? (body as unknown as { readonly items: readonly Item[] }).items.map(({ metadata }) => metadata.name) : [String(code)]
}

it('a list is selected by the phase that it shows, also by one that other grants or the time decide', async () => {
  expect(await names('status.phase=Active')).toEqual(['live'])
  expect(await names('status.phase=NotYetValid')).toEqual(['later'])
  expect(await names('status.phase=Revoked')).toEqual(['part', 'revoked'])
  expect(await names('status.phase!=Active,status.phase!=Revoked')).toEqual(['later', 'over'])
  expect(await names('metadata.name=part,status.phase=Revoked')).toEqual(['part'])
  api.clock.now += 3600_000
  expect(await names('status.phase=Expired')).toEqual(['later', 'live', 'over', 'part'])
  expect(await names('status.phase=active')).toEqual([])
})

it('a selector and what is shown agree', async () => {
  for (const minutes of [0, 30, 60]) {
    api.clock.now = START + minutes * 60_000
    const { items } = (await api.send(ADMIN, 'GET accessgrants')).body as unknown as { readonly items: readonly Item[] }
    for (const phase of ['Active', 'NotYetValid', 'Revoked', 'Expired', 'Exhausted'])
      expect(await names(`status.phase=${phase}`)).toEqual(items.filter(({ status }) => status?.phase === phase).map(({ metadata }) => metadata.name))
  }
})

it('every kind with a column for the phase can be selected by it, and no other', async () => {
  for (const resource of ['accessrequests', 'accessgrants', 'accesssuspensions', 'approverkeys', 'breakglassreviews'])
    expect((await api.send(ADMIN, `GET ${resource}?fieldSelector=status.phase%3DPending`)).code, resource).toBe(200)
  expect((await api.send(ADMIN, 'GET accesspolicies?fieldSelector=status.phase%3DPending')).code).toBe(400)
})

/** The events of a watch of active grants, and what changes a grant without a change of its spec or status. */
function watchActive(from: string) {
  const gone = new AbortController()
  const events: string[] = []
  const path = api.url(`accessgrants?watch=1&resourceVersion=${from}&fieldSelector=${encodeURIComponent('status.phase=Active')}`)
  const reading = (async () => {
    const answer = await fetch(path, { signal: gone.signal, headers: { connection: 'close', 'x-caller': JSON.stringify(ADMIN) } })
    let left = ''
    for await (const text of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const lines = `${left}${text}`.split('\n')
      left = lines.pop() ?? ''
      for (const { type, object } of lines.map((line) => JSON.parse(line) as { readonly type: string; readonly object: Item }))
        if (type !== 'BOOKMARK') events.push(`${type} ${object.metadata.name}`)
    }
  })().catch(() => undefined)
  return { events, end: () => (gone.abort(), reading) }
}

async function change(name: string, status: object = {}): Promise<void> {
  const entry = await api.store.get('accessgrants', name)
  const metadata = { ...(entry?.value['metadata'] as object), labels: { at: String(api.clock.now) } }
  await put(api.store, 'accessgrants', {
    ...entry?.value,
    metadata,
    status: { ...(entry?.value['status'] as object), ...status },
  } as unknown as AccessGrant)
}

it('a watch says once that an object left the phase, although no event said so at that time', async () => {
  const { events, end } = watchActive('0')
  await until('the watch begins', () => events.length === 1)
  api.clock.now += 1800_000
  await change('later')
  await until('a grant began', () => events.length === 2)
  await change('later')
  await until('it changed', () => events.length === 3)
  api.clock.now += 1800_000
  for (const name of ['live', 'later', 'live']) await change(name)
  await change('over')
  await until('both ended', () => events.length >= 5)
  await end()
  expect(events).toEqual(['ADDED live', 'ADDED later', 'MODIFIED later', 'DELETED live', 'DELETED later'])
})

it('a watch that goes on from a version says that an object left the phase before the watch began, and says so of no other', async () => {
  const from = String(await api.store.current())
  api.clock.now += 3600_000
  await change('revoked')
  // As jit-apiserver marks a grant that has ended.
  await change('live', { conditions: [{ type: 'Expired', status: 'True' }] })
  const { events, end } = watchActive(from)
  await until('the grant ended', () => events.length === 1)
  await change('live')
  await change('later')
  await until('the other ended', () => events.length === 2)
  await end()
  expect(events).toEqual(['DELETED live', 'DELETED later'])
})

it('a watch says that an object left the phase because another did, which changed after the watch began', async () => {
  const part = {
    ...grant({
      notBefore: '2026-11-24T11:00:00Z',
      expiresAt: '2026-11-24T13:00:00Z',
      transferredFrom: [{ grantName: 'live', grantUID: 'live', username: 'x' }],
    }),
  }
  await put(api.store, 'accessgrants', { ...part, metadata: { name: 'share', uid: 'share' } })
  const { events, end } = watchActive('0')
  await until('the watch begins', () => events.length === 2)
  await change('live', { conditions: [{ type: 'Revoked', status: 'True' }] })
  await until('the grant ended', () => events.length === 3)
  await change('share')
  await until('its part ended', () => events.length === 4)
  await end()
  expect(events).toEqual(['ADDED live', 'ADDED share', 'DELETED live', 'DELETED share'])
})
