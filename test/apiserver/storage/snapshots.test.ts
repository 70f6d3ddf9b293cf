import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { REQUESTER, type JsonObject, type ListOptions, type Store } from '../../../apiserver/storage/port.ts'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import { openIn, THREADS } from './open-in.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const
const OWNERS = ['ann', 'bob', undefined] as const
/** Writes of one commit, to either of two resources. `owner` of null deletes. */
const commits = fc.array(
  fc.uniqueArray(
    fc.record({ resource: fc.constantFrom('things', 'others'), name: fc.constantFrom(...NAMES), owner: fc.constantFrom(...OWNERS, null) }),
    { minLength: 1, maxLength: 4, selector: ({ resource, name }) => `${resource}/${name}` },
  ),
  { minLength: 1, maxLength: 12 },
)
type Commit = (typeof commits extends fc.Arbitrary<infer T> ? T : never)[number]

type State = ReadonlyMap<string, { readonly version: number; readonly owner: string | undefined; readonly text: string }>
const valueOf = (text: string, owner: string | undefined): JsonObject =>
  owner === undefined ? { text } : { text, spec: { requester: { username: owner } } }

/** Makes a commit, and returns what the store holds after it. */
async function apply(store: Store, before: State, commit: Commit, round: number): Promise<State> {
  const writes = commit.flatMap(({ resource, name, owner }) => {
    const current = before.get(`${resource}/${name}`)
    if (owner === null && current === undefined) return []
    const value = owner === null ? null : valueOf(`${round} ${'x'.repeat(round * 7)}`, owner)
    return [{ resource, name, expected: current?.version ?? 0, value, owner }]
  })
  if (writes.length === 0) return before
  const version = await store.commit(writes)
  const after = new Map(before)
  for (const { resource, name, value, owner } of writes) {
    if (value === null) after.delete(`${resource}/${name}`)
    else after.set(`${resource}/${name}`, { version, owner: owner ?? undefined, text: `${round} ${'x'.repeat(round * 7)}` })
  }
  return after
}

/** Every entry that a list must have, in its order. */
const entriesIn = (state: State, resource: string, in_: readonly string[] | undefined) =>
  [...state]
    .filter(([key, { owner }]) => key.startsWith(`${resource}/`) && (in_ === undefined || (owner !== undefined && in_.includes(owner))))
    .map(([key, { version, owner, text }]) => ({ resource, name: key.slice(resource.length + 1), version, value: valueOf(text, owner) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))

async function checkPages(store: Store, state: State, { resource, at, ...options }: ListOptions & { readonly resource: string }): Promise<void> {
  const expected = entriesIn(state, resource, options.where?.in)
  const found: unknown[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: Awaited<ReturnType<Store['list']>> = await store.list(resource, { ...options, ...(at === undefined ? {} : { at }), after })
    found.push(...page.entries)
    expect(page.remaining).toBe(expected.length - found.length)
    after = page.after
  }
  expect(found).toEqual(expected)
}

it.each(THREADS)(
  'every snapshot has exactly what was stored at its version, page by page, and a whole list what is stored now: thread %s',
  async (thread) => {
    const where = fc.constantFrom(undefined, { field: REQUESTER, in: ['ann'] } as const, { field: REQUESTER, in: ['ann', 'bob'] } as const)
    const looks = fc.array(
      fc.record({
        back: fc.nat(5),
        resource: fc.constantFrom('things', 'others'),
        limit: fc.nat(3),
        maxBytes: fc.constantFrom(undefined, 60),
        where,
      }),
      { minLength: 1, maxLength: 3 },
    )
    await fc.assert(
      fc.asyncProperty(commits, looks, async (all, ways) => {
        const dir = await mkdtemp(join(tmpdir(), 'jit-snapshots-'))
        const store = await openIn(thread, join(dir, 'objects.db'), 0)
        try {
          const states = [{ version: await store.current(), state: new Map() as State }]
          for (const [round, commit] of all.entries()) {
            const { state } = states.at(-1) ?? { state: new Map() as State }
            const next = await apply(store, state, commit, round)
            states.push({ version: await store.current(), state: next })
            for (const resource of ['things', 'others']) {
              const whole = await store.list(resource)
              expect([whole.entries, whole.version, whole.remaining]).toEqual([entriesIn(next, resource, undefined), await store.current(), 0])
            }
            for (const { back, maxBytes, where: wanted, ...way } of ways) {
              const then = states.at(-1 - Math.min(back, states.length - 1))
              if (then === undefined) continue
              const options = { ...way, ...(maxBytes === undefined ? {} : { maxBytes }), ...(wanted === undefined ? {} : { where: wanted }) }
              await checkPages(store, then.state, { ...options, at: then.version })
            }
          }
        } finally {
          await store.close()
          await rm(dir, { recursive: true, force: true })
        }
      }),
      { numRuns: thread === 'own' ? 20 : 60 }, // a thread takes time to start
    )
  },
)

it.each(THREADS)('a reader cannot change what other readers of a whole list see: thread %s', async (thread) => {
  const store = await openIn(thread, ':memory:', 0)
  await store.commit([{ resource: 'things', name: 'a', expected: 0, value: { spec: { list: ['x'] } } }])
  const { entries } = await store.list('things')
  const spec = entries[0]?.value['spec'] as { list: string[] }
  expect(() => spec.list.push('y')).toThrow(TypeError)
  expect((await store.list('things')).entries[0]?.value).toEqual({ spec: { list: ['x'] } })
  await store.close()
  await expect(store.list('things')).rejects.toThrow()
})

it('pages of a snapshot do not become slow while others write', async () => {
  const store = openSqliteStore(':memory:', 0)
  const pad = 'x'.repeat(500)
  const write = (from: number, resource: string) =>
    store.commit(
      Array.from({ length: 500 }, (_, index) => ({ resource, name: `n${String(from + index).padStart(5, '0')}`, expected: 0, value: { pad } })),
    )
  for (let from = 0; from < 3000; from += 500) await write(from, 'things')
  const walk = async (between: () => Promise<unknown>): Promise<number> => {
    let taken = 0
    let place: { readonly at?: number; readonly after?: string } | undefined = {}
    while (place !== undefined) {
      const started = performance.now()
      const page: Awaited<ReturnType<Store['list']>> = await store.list('things', { ...place, limit: 100 })
      taken += performance.now() - started
      place = page.after === undefined ? undefined : { at: page.version, after: page.after }
      await between()
    }
    return taken
  }
  /** The fastest of several, since other processes disturb each. */
  const fastest = async (between: () => Promise<unknown>): Promise<number> => {
    const taken = []
    for (let count = 0; count < 4; count += 1) taken.push(await walk(between))
    return Math.min(...taken)
  }
  const quiet = await fastest(() => Promise.resolve())
  let made = 0
  const busy = await fastest(() => store.commit([{ resource: 'things', name: `w${(made += 1)}`, expected: 0, value: { pad } }]))
  // The former query took more than 50 times as long.
  expect(busy).toBeLessThan(20 * quiet + 50)
  await store.close()
})
