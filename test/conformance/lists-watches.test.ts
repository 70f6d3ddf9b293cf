import { beforeAll, expect, it } from 'vitest'
import { uniqueName } from '../cluster/environment.ts'
import { BASE, connect, listen, policy, removePolicies, type Answer, type Body, type Connected } from './api-calls.ts'

let call: Connected
beforeAll(async () => {
  call = await connect()
})
removePolicies(() => call)
const POLICIES = `${BASE}/accesspolicies`
const MERGE = { 'content-type': 'application/merge-patch+json' } as const
type ListMeta = {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }
  readonly items: readonly Body[]
}

/** Creates policies under one label, so that objects of other tests do not count. */
async function labelled(count: number): Promise<{ readonly label: string; readonly made: readonly Body[] }> {
  const label = uniqueName('l')
  const made: Body[] = []
  for (let index = 0; index < count; index += 1)
    made.push((await call('POST', POLICIES, { body: policy(`${label}-${index}`, {}, { labels: { set: label } }) })).json())
  return { label, made }
}
const drop = (name: string) => call('DELETE', `${POLICIES}/${name}`)

it('[63] an empty list has a resource version, and items are not null', async () => {
  const list = (await call('GET', `${POLICIES}?labelSelector=set%3Dnone`)).json()
  expect([list.items, list.metadata.resourceVersion]).toEqual([[], expect.stringMatching(/^\d+$/)])
})
it('[64, 65] pages come from one snapshot; an invalid continue token gets 400', async () => {
  await labelled(3)
  const first = (await call('GET', `${POLICIES}?limit=2`)).json<ListMeta>()
  await labelled(1)
  const second = (await call('GET', `${POLICIES}?limit=500&continue=${first.metadata.continue ?? ''}`)).json<ListMeta>()
  expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  expect(second.items).toHaveLength(first.metadata.remainingItemCount ?? -1)
  expect((await call('GET', `${POLICIES}?limit=2&continue=garbage`)).code).toBe(400)
})
it('[66] a future version gets Timeout with ResourceVersionTooLarge', async () => {
  const current = Number((await call('GET', POLICIES)).json().metadata.resourceVersion)
  const answer = await call('GET', `${POLICIES}?resourceVersion=${current + 1000}`)
  expect([answer.code, answer.json().details?.causes?.[0]?.reason]).toEqual([504, 'ResourceVersionTooLarge'])
})
it('[67] combinations that upstream forbids get 422', async () => {
  for (const query of [
    'resourceVersionMatch=Exact',
    'resourceVersionMatch=Exact&resourceVersion=0',
    'sendInitialEvents=true',
    'resourceVersionMatch=Nope&resourceVersion=1',
  ])
    expect([query, (await call('GET', `${POLICIES}?${query}`)).code]).toEqual([query, 422])
})
it('[68, 90] selectors work, also for deletecollection; an unknown one gets 400', async () => {
  const { label, made } = await labelled(3)
  const names = async (query: string) => (await call('GET', `${POLICIES}?${query}`)).json().items.map(({ metadata }) => metadata.name)
  expect(await names(`labelSelector=set+in+(${label})`)).toHaveLength(3)
  expect(await names(`labelSelector=set%3D${label}&fieldSelector=metadata.name%3D${made[1]?.metadata.name}`)).toEqual([made[1]?.metadata.name])
  expect((await call('GET', `${POLICIES}?fieldSelector=spec.x%3D1`)).code).toBe(400)
  expect((await call('GET', `${POLICIES}?labelSelector=%3D%3D`)).code).toBe(400)
  expect((await call('DELETE', `${POLICIES}?labelSelector=set%3D${label},set+notin+(x)`)).json().items).toHaveLength(3)
  expect(await names(`labelSelector=set%3D${label}`)).toEqual([])
})
it('[9] WatchList sends all objects, one bookmark, then changes; also as Table, as metadata and when empty', async () => {
  const { label } = await labelled(2)
  const query = `labelSelector=set%3D${label}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=100`
  /** A change that is made when the initial events have arrived. */
  const change = (name: string): Promise<Answer> =>
    call('PATCH', `${POLICIES}/${name}`, { body: { metadata: { annotations: { at: uniqueName('t') } } }, headers: MERGE })
  for (const accept of [
    'application/json',
    'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    'application/json;as=Table;g=meta.k8s.io;v=v1',
  ]) {
    const events = await listen(call, query, {
      headers: { accept },
      isLast: ({ type, object }) => {
        if (type === 'BOOKMARK') void change(`${label}-0`)
        return type === 'MODIFIED' && JSON.stringify(object).includes(`${label}-0`)
      },
    })
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'BOOKMARK'])
    expect(JSON.stringify(events[2])).toContain('"k8s.io/initial-events-end":"true"')
    expect(events.at(-1)?.type).toBe('MODIFIED')
    expect(JSON.stringify(events.slice(3))).not.toContain('initial-events-end')
  }
  const [empty] = await listen(call, query.replace(label, 'none'), { isLast: () => true })
  expect(empty?.type).toBe('BOOKMARK')
})
it('[10] sendInitialEvents without resourceVersionMatch gets 422 and is never ignored', async () => {
  expect((await call('GET', `${POLICIES}?watch=true&sendInitialEvents=true`)).code).toBe(422)
})
it('[11, 12] the garbage collector’s Accept gets metadata as JSON', async () => {
  const { label } = await labelled(1)
  const accept = ['application/vnd.kubernetes.protobuf', 'application/json']
    .map((type) => `${type};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`)
    .join(',')
  const list = (await call('GET', `${POLICIES}?labelSelector=set%3D${label}`, { headers: { accept } })).json()
  expect([list.kind, list.items[0]?.kind]).toEqual(['PartialObjectMetadataList', 'PartialObjectMetadata'])
  expect((await call('GET', POLICIES, { headers: { accept: 'application/vnd.kubernetes.protobuf' } })).code).toBe(406)
})
it('[36] a Table says which columns are for -o wide, also when it is empty', async () => {
  const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1'
  const answer = await call('GET', `${BASE}/accessrequests?labelSelector=set%3Dnone`, { headers: { accept } })
  const { columnDefinitions, rows } = answer.json<{ columnDefinitions: { name: string; format: string; priority: number }[]; rows: object[] }>()
  expect([columnDefinitions[0], rows]).toMatchObject([{ name: 'Name', format: 'name', priority: 0 }, []])
  expect(columnDefinitions.filter(({ priority }) => priority > 0).map(({ name }) => name)).toEqual(['Duration', 'Starts', 'Policy', 'Reason'])
})
it('[69, 74] a watch from the version of a list misses and repeats nothing during writes', async () => {
  const label = uniqueName('w')
  const from = (await call('GET', POLICIES)).json().metadata.resourceVersion
  const last = `${label}-last`
  const watched = listen(call, `resourceVersion=${from}&labelSelector=set%3D${label}&timeoutSeconds=100`, {
    isLast: ({ object }) => object.metadata.name === last,
  })
  const names = Array.from({ length: 40 }, (_, index) => `${label}-${index}`)
  const made = await Promise.all(names.map((name) => call('POST', POLICIES, { body: policy(name, {}, { labels: { set: label } }) })))
  const dropped = await Promise.all(names.map(drop))
  expect([...made, ...dropped].map(({ code }) => code)).toEqual([...names.map(() => 201), ...names.map(() => 200)])
  await call('POST', POLICIES, { body: policy(last, {}, { labels: { set: label } }) })
  const events = (await watched).slice(0, -1)
  const versions = events.map(({ object }) => Number(object.metadata.resourceVersion))
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
  for (const type of ['ADDED', 'DELETED'])
    expect(
      events
        .filter((event) => event.type === type)
        .map(({ object }) => object.metadata.name)
        .sort(),
    ).toEqual([...names].sort())
})
it('[70] with a selector, an object that leaves it is DELETED and one that enters it is ADDED', async () => {
  const { label, made } = await labelled(1)
  const [one] = made
  const watched = listen(call, `resourceVersion=${one?.metadata.resourceVersion}&labelSelector=set%3D${label}&timeoutSeconds=100`, {
    isLast: ({ type }) => type === 'ADDED',
  })
  const set = (value: string) =>
    call('PATCH', `${POLICIES}/${one?.metadata.name}`, { body: { metadata: { labels: { set: value } } }, headers: MERGE })
  await set('elsewhere')
  await set(label)
  // The server may update the policy's status meanwhile, which is MODIFIED.
  expect((await watched).map(({ type }) => type).filter((type) => type !== 'MODIFIED')).toEqual(['DELETED', 'ADDED'])
})
it('[71] a version older than the history gets Expired', async () => {
  const [event] = await listen(call, 'resourceVersion=1&timeoutSeconds=100', { isLast: () => true })
  expect(event?.type ?? (event as unknown as Body).kind).toBeDefined()
  expect((await call('GET', `${POLICIES}?watch=true&resourceVersion=1&timeoutSeconds=100`)).text).toContain('"reason":"Expired"')
})
it('[72] a watch starts at once and ends cleanly at its timeout', async () => {
  const started = performance.now()
  const answer = await call(
    'GET',
    `${POLICIES}?watch=true&resourceVersion=${(await call('GET', POLICIES)).json().metadata.resourceVersion}&labelSelector=set%3Dnone&timeoutSeconds=2`,
  )
  expect([answer.code, answer.text]).toEqual([200, ''])
  expect(performance.now() - started).toBeGreaterThan(1900)
  expect(performance.now() - started).toBeLessThan(60_000)
})
