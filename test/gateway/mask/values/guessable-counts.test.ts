import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createGuessableCounts, OTHERS } from '../../../../gateway/mask/values/guessable-counts.ts'

type Data = { readonly [key: string]: string }
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const secret = (namespace: string, name: string, data: Data, type = 'Opaque') => ({
  type,
  metadata: { name, namespace },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
})
const WEAK = 'postgres'
const STRONG = 'tR7-vQ2z_Lm9XcK4wYp8'
const counts = () => createGuessableCounts(() => Promise.resolve())
const numbers = async (of: ReturnType<typeof counts>) => {
  await of.settled()
  return Object.fromEntries(of.byNamespace())
}

it('counts keys by namespace that are named like a credential and hold a guessable value', async () => {
  const of = counts()
  of.change({ type: 'ADDED', object: secret('shop', 'db', { password: WEAK, 'admin-password': WEAK, username: WEAK }) })
  of.change({ type: 'ADDED', object: secret('shop', 'web', { password: WEAK, token: STRONG }) })
  of.change({ type: 'ADDED', object: secret('prod', 'db', { password: STRONG }) })
  expect(await numbers(of)).toEqual({ shop: 3 })
})

it('updates the counts on changes', async () => {
  const of = counts()
  const weak = secret('shop', 'db', { password: WEAK })
  const strong = secret('shop', 'db', { password: STRONG })
  of.change({ type: 'ADDED', object: weak })
  expect(await numbers(of)).toEqual({ shop: 1 })
  of.change({ type: 'MODIFIED', object: strong, old: weak })
  expect(await numbers(of)).toEqual({})
  of.change({ type: 'MODIFIED', object: weak, old: strong })
  of.change({ type: 'DELETED', object: weak, old: weak })
  expect(await numbers(of)).toEqual({})
})

it.each(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'kubernetes.io/tls', 'helm.sh/release.v1'])(
  'ignores Secrets of a type that the cluster creates: %s',
  async (type) => {
    const of = counts()
    of.change({ type: 'ADDED', object: secret('kube-system', 'x', { token: WEAK, 'token-secret': WEAK }, type) })
    expect(await numbers(of)).toEqual({})
  },
)

it('ignores empty values and booleans', async () => {
  const of = counts()
  of.change({ type: 'ADDED', object: secret('shop', 'x', { password: '', token: ' \n', 'use-password': 'true' }) })
  expect(await numbers(of)).toEqual({})
})

it('limits the number of named namespaces, and none loses its label to a later one', async () => {
  const of = counts()
  for (let index = 0; index < 250; index++) of.change({ type: 'ADDED', object: secret(`ns-${index}`, 'db', { password: WEAK }) })
  const first = await numbers(of)
  expect(Object.keys(first)).toHaveLength(201)
  expect(first[OTHERS]).toBe(50)
  for (let index = 250; index < 300; index++) of.change({ type: 'ADDED', object: secret(`ns-${index}`, 'db', { password: WEAK, token: WEAK }) })
  const later = await numbers(of)
  expect(later).toEqual({ ...first, [OTHERS]: 150 })
})

it('does not let a namespace with many Secrets delay others', async () => {
  const pauses: (() => void)[] = []
  const of = createGuessableCounts(() => new Promise((resolve) => void pauses.push(resolve)))
  for (let index = 0; index < 2000; index++)
    of.change({
      type: 'ADDED',
      object: secret('flood', `s-${index}`, Object.fromEntries(Array.from({ length: 64 }, (_, key) => [`${key}-password`, WEAK]))),
    })
  of.change({ type: 'ADDED', object: secret('shop', 'db', { password: WEAK }) })
  let turns = 0
  while (of.byNamespace().get('shop') === undefined) {
    pauses.shift()?.()
    await new Promise((resolve) => void setImmediate(resolve))
    turns += 1
  }
  expect(of.byNamespace().get('flood') ?? 0).toBeLessThan(2000 * 64)
  // At worst one turn for each key of the first Secret of the other namespace.
  expect(turns).toBeLessThan(64 + 20)
})

const names = fc.constantFrom('a', 'b')
const events = fc.array(
  fc.record({
    namespace: names,
    name: names,
    data: fc.option(fc.dictionary(fc.constantFrom('password', 'token', 'user'), fc.constantFrom(WEAK, STRONG, '')), { nil: undefined }),
    rest: fc.boolean(),
  }),
  { maxLength: 20 },
)
it('equals a fresh count of the existing Secrets after any changes', () =>
  fc.assert(
    fc.asyncProperty(events, async (all) => {
      const of = counts()
      const live = new Map<string, ReturnType<typeof secret>>()
      for (const { namespace, name, data, rest } of all) {
        const key = `${namespace}/${name}`
        const old = live.get(key)
        if (data === undefined) {
          if (old !== undefined) of.change({ type: 'DELETED', object: old, old })
          live.delete(key)
        } else {
          const object = secret(namespace, name, data)
          of.change(old === undefined ? { type: 'ADDED', object } : { type: 'MODIFIED', object, old })
          live.set(key, object)
        }
        if (rest) await of.settled()
      }
      const expected: Record<string, number> = {}
      for (const { metadata, data } of live.values())
        for (const key of ['password', 'token'])
          if (data[key] === base64(WEAK)) expected[metadata.namespace] = (expected[metadata.namespace] ?? 0) + 1
      expect(await numbers(of)).toEqual(expected)
    }),
  ))
