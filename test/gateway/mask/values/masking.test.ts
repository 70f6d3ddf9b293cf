import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { valuesIn } from '../../../../domain/mask/masker.ts'
import { createMasking } from '../../../../gateway/mask/values/masking.ts'
import type { Secret } from '../../../../gateway/mask/values/secret-learner.ts'
import type { Change, Informer } from '../../../../kube/informer.ts'

/** A fake informer of Secrets that the test controls. */
function setup() {
  const items = new Map<string, Secret>()
  const listeners = new Set<(change: Change<Secret>) => void>()
  const state = { stale: 0, synced: true, nowMs: 0 }
  const secrets: Informer<Secret> = {
    start: () => {},
    stop: () => {},
    synced: () => state.synced,
    whenSynced: () => Promise.resolve(),
    list: () => [...items.values()],
    get: (key) => items.get(key),
    staleForMs: () => state.stale,
    away: () => false,
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
    clock: { nowMs: () => state.nowMs },
    key: Buffer.alloc(32, 1),
    onFailed: (error) => {
      throw error
    },
  })
  return { masking, set, remove, state }
}

/** As in the response to a request that contains nothing of it. */
function textFor({ agentText }: ReturnType<typeof setup>['masking'], text: string): string {
  const info = { verb: 'get', apiGroup: '' }
  return agentText(text, { path: '/', search: '', headers: new Map(), body: Buffer.alloc(0), classified: { info } } as unknown as Parameters<
    typeof agentText
  >[1])
}

const random = (): string => randomBytes(18).toString('base64url')
const [FIRST, SECOND] = [random(), random()]

it('knows a value as soon as it is set, and still after it was rotated and deleted', async () => {
  const { masking, set, remove } = setup()
  set('db', { password: FIRST })
  await masking.values()
  expect(textFor(masking, `a ${FIRST} b`)).toBe('a [jit.access/masked] b')
  set('db', { password: SECOND })
  await masking.values()
  remove('db')
  await masking.values()
  expect(textFor(masking, `${FIRST} ${SECOND}`)).toBe('[jit.access/masked] [jit.access/masked]')
  expect(masking.lookup('shop', 'db', 'password')?.toString()).toBe(SECOND)
})

it.each([
  ['before the first list', { synced: false, stale: 0 }],
  ['while the watch is disconnected', { synced: true, stale: 11_000 }],
])('shows nothing %s', async (_, seen) => {
  const { masking, state, set } = setup()
  set('db', { password: FIRST })
  await masking.values()
  Object.assign(state, seen)
  await expect(masking.values()).rejects.toMatchObject({ code: 503 })
  expect(() => masking.lookup('shop', 'db', 'password')).toThrow(/not known/)
})

it('learns and finds many values', async () => {
  const { masking, set } = setup()
  const values = Array.from({ length: 400 }, random)
  set('many', Object.fromEntries(values.map((value, index) => [`k${index}`, value])))
  await masking.values()
  expect(textFor(masking, values.join(' '))).toBe(values.map(() => '[jit.access/masked]').join(' '))
})

it('does not wait for later changes of a Secret that changes continuously', async () => {
  const { masking, set } = setup()
  const other = random()
  set('other', { password: other })
  let [rewritten, waits] = [0, true]
  // By the time each wait ends, the Secret has changed once more.
  const churn = (): void => {
    set('busy', Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}`, `${random()}${rewritten}`])))
    if (waits && ++rewritten < 1000) setImmediate(churn)
  }
  churn()
  await masking.values()
  waits = false
  expect(rewritten).toBeLessThan(1000)
  expect(textFor(masking, other)).toBe('[jit.access/masked]')
})

it('masks a value that changes before it is learned', async () => {
  const { masking, set } = setup()
  const values = Array.from({ length: 5 }, () => random())
  for (const password of values) set('db', { password })
  await masking.learned()
  expect(values.map((value) => textFor(masking, value))).toEqual(values.map(() => '[jit.access/masked]'))
})

it('forgets a value one hour after it was removed', async () => {
  const { masking, set, remove, state } = setup()
  set('db', { password: FIRST })
  await masking.learned()
  remove('db')
  state.nowMs += 3600_000
  set('other', { password: SECOND })
  await masking.learned()
  expect(textFor(masking, `${FIRST} ${SECOND}`)).toBe(`${FIRST} [jit.access/masked]`)
})

it('waits for a Secret whose event had arrived before the answer was read, but is read after it', async () => {
  const { masking, set } = setup()
  await masking.values()
  const value = random()
  // Sockets that became readable during one turn of the event loop are read one after the other.
  setImmediate(() => set('late', { password: value }))
  const known = await masking.values()
  expect(valuesIn(known, [Buffer.from(value)]).size).toBeGreaterThan(0)
})
