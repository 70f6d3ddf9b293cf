import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { createKubeClient } from '../../kube/client.ts'
import { createInformer, type Informer, type Watched } from '../../kube/informer.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

type Fake = {
  readonly url: URL
  readonly asked: string[]
  onWatch: (response: ServerResponse, nth: number) => void
  list: () => { readonly code: number; readonly body: object | string }
  /** The status code to return instead of a watch. */
  refusal: number | undefined
}

const item = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } })
const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`

async function fakeServer(): Promise<Fake> {
  const fake: { -readonly [K in keyof Fake]: Fake[K] } = {
    url: new URL('http://127.0.0.1'),
    asked: [],
    refusal: undefined,
    onWatch: () => undefined,
    list: () => ({ code: 200, body: { metadata: { resourceVersion: '10' }, items: [item('a', '9')] } }),
  }
  let watches = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    fake.asked.push(url.search)
    if (!url.searchParams.has('watch')) {
      const { code, body } = fake.list()
      return void response.writeHead(code, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    if (fake.refusal !== undefined) return void response.writeHead(fake.refusal).end()
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    fake.onWatch(response, (watches += 1))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => (server.closeAllConnections(), server.close()))
  fake.url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return fake
}

function follow(
  fake: Fake,
  quietMs = 60_000,
  token: () => Promise<string> = () => Promise.resolve('none'),
): { readonly informer: Informer<Watched>; readonly troubles: unknown[] } {
  const client = createKubeClient({ server: fake.url, ca: '', credential: { kind: 'token', token } })
  const troubles: unknown[] = []
  const informer = createInformer<Watched>({
    client,
    path: '/api/v1/things',
    clock: { nowMs: () => Date.now() },
    onError: (error) => troubles.push(error),
    quietMs,
  })
  ends.push(() => informer.stop())
  informer.start()
  return { informer, troubles }
}

test('lists, then watches from the resourceVersion of the list', async () => {
  const fake = await fakeServer()
  fake.onWatch = (response) => void response.write(event('ADDED', item('b', '11')) + event('DELETED', item('a', '12')))
  const { informer } = follow(fake)
  expect(informer.staleForMs()).toBe(Infinity)
  await informer.whenSynced()
  await expect.poll(() => informer.get('b') !== undefined && informer.get('a') === undefined).toBe(true)
  expect(fake.asked[1]).toContain('resourceVersion=10')
  expect(informer.staleForMs()).toBe(0)
})

test('resumes a broken watch from its last version, without another list', async () => {
  const fake = await fakeServer()
  fake.onWatch = (response, nth) => {
    if (nth === 1) response.end(event('MODIFIED', item('a', '15')))
    else response.write(event('BOOKMARK', item('', '16')))
  }
  const { informer } = follow(fake)
  await expect.poll(() => fake.asked.length === 3).toBe(true)
  expect(fake.asked[2]).toContain('resourceVersion=15')
  expect(informer.get('a')?.metadata.resourceVersion).toBe('15')
})

test('lists again after an expired version, and reports missing objects as deleted', async () => {
  const fake = await fakeServer()
  fake.onWatch = (response, nth) => {
    if (nth > 1) return
    fake.list = () => ({ code: 200, body: { metadata: { resourceVersion: '50' }, items: [item('c', '40')] } })
    response.end(event('ERROR', { kind: 'Status', message: 'too old', reason: 'Expired', code: 410 }))
  }
  const { informer } = follow(fake)
  const told: string[] = []
  informer.subscribe(({ type, object }) => told.push(`${type} ${object.metadata.name}`))
  await expect.poll(() => told.length === 3).toBe(true)
  expect(told).toEqual(['ADDED a', 'ADDED c', 'DELETED a'])
})

test.each([
  ['is not JSON', '{"type":"ADDED","object":{"metadata":{"name":"secret-text\n'],
  ['is text', 'secret-text\n'],
  ['has no name', event('ADDED', { metadata: { resourceVersion: '30' } })],
  ['has an unknown type', event('RENAMED', item('x', '30'))],
  ['has no object', '{"type":"MODIFIED"}\n'],
])('lists again after a watch event that %s, and does not repeat the event in its error', async (_, line) => {
  const fake = await fakeServer()
  fake.onWatch = (response, nth) => {
    if (nth > 1) return
    fake.list = () => ({ code: 200, body: { metadata: { resourceVersion: '50' }, items: [item('c', '40')] } })
    response.write(line + event('BOOKMARK', item('', '35')))
  }
  const { informer, troubles } = follow(fake)
  await expect.poll(() => informer.get('c') !== undefined).toBe(true)
  expect(informer.get('a')).toBeUndefined()
  await expect.poll(() => fake.asked.length === 4).toBe(true)
  expect(fake.asked[3]).toContain('resourceVersion=50')
  expect(troubles.map(String).join()).toMatch(/watch event/)
  expect(inspect(troubles)).not.toContain('secret-text')
})

test('reports a silent watch and restarts it', async () => {
  const fake = await fakeServer()
  const { informer, troubles } = follow(fake, 300)
  await informer.whenSynced()
  await expect.poll(() => fake.asked.filter((search) => search.includes('watch=true')).length > 1).toBe(true)
  expect(troubles[0]).toMatchObject({ message: expect.stringContaining('silent') as string })
})

test('keeps the last copy and reports its age while the server is away', async () => {
  const fake = await fakeServer()
  const { informer } = follow(fake)
  await informer.whenSynced()
  fake.onWatch = (response) => void response.destroy()
  fake.list = () => ({ code: 503, body: {} })
  for (const end of ends.splice(0, 1)) end()
  await expect.poll(() => informer.staleForMs() > 100).toBe(true)
  expect(informer.get('a')).toBeDefined()
})

test.each([
  [503, true],
  [500, true],
  [429, true],
  [401, false],
  [403, false],
  [404, false],
])('considers a server that returns %i away: %s', async (code, away) => {
  const fake = await fakeServer()
  let ended: (() => void) | undefined
  fake.onWatch = (response) => void (ended = () => response.destroy())
  const { informer, troubles } = follow(fake)
  await expect.poll(() => ended !== undefined).toBe(true)
  expect(informer.away()).toBe(false)
  fake.refusal = code
  fake.list = () => ({ code, body: {} })
  ended?.()
  await expect.poll(() => troubles.some((error) => (error as { code?: number }).code === code)).toBe(true)
  expect(informer.away()).toBe(away)
})

test('does not consider a server away whose list is not JSON', async () => {
  const fake = await fakeServer()
  fake.list = () => ({ code: 200, body: '{"items":[' })
  const { informer, troubles } = follow(fake)
  await expect.poll(() => troubles.length > 0).toBe(true)
  expect([informer.synced(), informer.away()]).toEqual([false, false])
})

test('does not consider a server away because its own credential cannot be read: others may still revoke what the copy allows', async () => {
  const fake = await fakeServer()
  let ended: (() => void) | undefined
  let readable = true
  fake.onWatch = (response) => void (ended = () => response.destroy())
  const { informer, troubles } = follow(fake, 60_000, () => (readable ? Promise.resolve('none') : Promise.reject(new Error('ENOENT'))))
  await expect.poll(() => ended !== undefined).toBe(true)
  readable = false
  ended?.()
  await expect.poll(() => troubles.some((error) => (error as { code?: number }).code === 503)).toBe(true)
  expect(informer.away()).toBe(false)
})

test('gives a change to every listener, also when one of them throws', async () => {
  const fake = await fakeServer()
  const { informer, troubles } = follow(fake)
  const seen: string[] = []
  informer.subscribe(() => {
    throw new Error('the first listener fails')
  })
  informer.subscribe(({ type, object }) => seen.push(`${type} ${object.metadata.name}`))
  fake.onWatch = (response) => response.write(event('MODIFIED', item('a', '11')) + event('DELETED', item('a', '12')))
  await expect.poll(() => seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a'])
  expect(troubles.map(String)).toEqual(Array.from({ length: 3 }, () => 'Error: the first listener fails'))
  expect(informer.list()).toEqual([])
})
