import { expect, it } from 'vitest'
import { createMasker } from '../../domain/mask/masker.ts'
import { createMasking } from '../../gateway/mask/masking.ts'
import { createRenewingMasker } from '../../gateway/mask/renewing-masker.ts'
import type { Secret } from '../../gateway/mask/secret-values.ts'
import type { Change, Informer } from '../../kube/informer.ts'

/** Secrets that a test changes by hand. */
function world() {
  const items = new Map<string, Secret>()
  const listeners = new Set<(change: Change<Secret>) => void>()
  const state = { stale: 0, synced: true }
  const secrets: Informer<Secret> = {
    start: () => {},
    stop: () => {},
    synced: () => state.synced,
    whenSynced: () => Promise.resolve(),
    list: () => [...items.values()],
    get: (key) => items.get(key),
    staleForMs: () => state.stale,
    subscribe: (listener) => (listeners.add(listener), () => {}),
  }
  const tell = (change: Change<Secret>): void => listeners.forEach((listener) => listener(change))
  const set = (name: string, data: { [key: string]: string }): void => {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))
    const object: Secret = { metadata: { name, namespace: 'shop' }, data: encoded }
    const old = items.get(`shop/${name}`)
    items.set(`shop/${name}`, object)
    tell(old === undefined ? { type: 'ADDED', object } : { type: 'MODIFIED', object, old })
  }
  const remove = (name: string): void => {
    const old = items.get(`shop/${name}`)
    items.delete(`shop/${name}`)
    if (old !== undefined) tell({ type: 'DELETED', object: old, old })
  }
  const masking = createMasking({
    secrets,
    clock: { nowMs: () => Date.now() },
    key: Buffer.alloc(32, 1),
    onBuilt: () => {},
    onFailed: (error) => {
      throw error
    },
  })
  return { masking, set, remove, state }
}

const FIRST = 'first-Value-8812'
const SECOND = 'second-Value-9913'

it('a value is known to whoever asks after it was set, and still after it was rotated and deleted', async () => {
  const { masking, set, remove } = world()
  set('db', { password: FIRST })
  await masking.values()
  expect(masking.agentText(`a ${FIRST} b`)).toBe('a [jit.access/masked] b')
  set('db', { password: SECOND })
  await masking.values()
  remove('db')
  await masking.values()
  expect(masking.agentText(`${FIRST} ${SECOND}`)).toBe('[jit.access/masked] [jit.access/masked]')
  expect(masking.lookup('shop', 'db', 'password')?.toString()).toBe(SECOND)
})

it.each([
  ['before the first list', { synced: false, stale: 0 }],
  ['out of touch', { synced: true, stale: 11_000 }],
])('nothing is shown %s', async (_, seen) => {
  const { masking, state, set } = world()
  set('db', { password: FIRST })
  await masking.values()
  Object.assign(state, seen)
  await expect(masking.values()).rejects.toMatchObject({ code: 503 })
  expect(() => masking.lookup('shop', 'db', 'password')).toThrow(/not known/)
})

it('many values are taken in, and are found', async () => {
  const { masking, set } = world()
  const values = Array.from({ length: 400 }, (_, index) => `Value-number-${index}-of-many`)
  set('many', Object.fromEntries(values.map((value, index) => [`k${index}`, value])))
  await masking.values()
  expect(masking.agentText(values.join(' '))).not.toMatch(/Value-number/)
})

it('a stream hides a value that became known after it began, from the next line on', async () => {
  const { masking, set } = world()
  const masker = createRenewingMasker(
    (known) => createMasker('text', { known }),
    () => masking.newest,
  )
  let seen = masker.push(Buffer.from('one\ntwo')).toString()
  set('db', { password: FIRST })
  await masking.values()
  for (const chunk of [' three\nfour ', FIRST.slice(0, 5), FIRST.slice(5), '\n']) seen += masker.push(Buffer.from(chunk)).toString()
  seen += masker.end().toString()
  expect(seen).toBe('one\ntwo three\nfour [jit.access/masked]\n')
})
