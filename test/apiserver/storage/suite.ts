import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VersionExpired, VersionTooLarge, WriteConflict, type JsonObject, type Store, type StoreEvent } from '../../../apiserver/storage/port.ts'

const textOf = (value: JsonObject | undefined): string => (typeof value?.['text'] === 'string' ? value['text'] : 'undefined')
/** The stored size of an object of `put`. */
const bytesOf = (text: string): number => Buffer.byteLength(JSON.stringify({ text }))
const formatted = (events: readonly StoreEvent[]): readonly string[] =>
  events.map(({ type, entry, previous }) => `${type} ${entry.name} ${textOf(entry.value)} ${textOf(previous)}`)

/** The contract of every driver. Calling `open` again opens the same database. */
export function storageSuite(title: string, harness: () => Promise<{ open(nowMs?: number): Promise<Store>; remove(): Promise<void> }>): void {
  describe(title, () => {
    let made: Awaited<ReturnType<typeof harness>>
    let store: Store
    beforeEach(async () => {
      made = await harness()
      store = await made.open()
    })
    afterEach(async () => {
      await store.close().catch(() => undefined)
      await made.remove()
    })

    const put = (name: string, text: string, expected = 0): Promise<number> => store.commit([{ resource: 'things', name, expected, value: { text } }])
    const names = async (options?: Parameters<Store['list']>[1]): Promise<readonly string[]> =>
      (await store.list('things', options)).entries.map(({ name, value }) => `${name}=${textOf(value)}`)
    const collect = async (after: number): Promise<{ readonly events: StoreEvent[]; stop(): void }> => {
      const events: StoreEvent[] = []
      const { stop } = await store.watch('things', after, (event) => events.push(event))
      return { events, stop }
    }
    it('an empty store has a version and empty lists', async () => {
      expect(await store.list('things')).toEqual({ entries: [], sizes: [], version: await store.current(), remaining: 0 })
      expect(await store.get('things', 'a')).toBeUndefined()
    })
    it('values come back as they were stored', async () => {
      const value = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })) as fc.Arbitrary<JsonObject>
      const deep = JSON.parse(`${'{"a":['.repeat(400)}${']}'.repeat(400)}`) as JsonObject
      const odd = JSON.parse('{"__proto__":{"a":1},"constructor":-0,"":"\\ud800"}') as JsonObject
      const values = [deep, odd, ...fc.sample(value, 50)]
      await Promise.all(values.map((each, index) => store.commit([{ resource: 'things', name: `n${index}`, expected: 0, value: each }])))
      for (const [index, each] of values.entries()) {
        const found = await store.get('things', `n${index}`)
        expect(JSON.stringify(found?.value)).toBe(JSON.stringify(each))
      }
    })
    it('versions strictly increase, and an object has the version of its last commit', async () => {
      const first = await put('a', '1')
      const second = await put('b', '1')
      expect(second).toBeGreaterThan(first)
      expect(await store.get('things', 'a')).toEqual({ resource: 'things', name: 'a', version: first, value: { text: '1' } })
    })
    it('a write that expects another version has no effect', async () => {
      const version = await put('a', '1')
      await expect(put('a', '2')).rejects.toThrow(WriteConflict)
      await expect(put('a', '2', version + 1)).rejects.toMatchObject({ current: version })
      await expect(put('b', '2', 5)).rejects.toMatchObject({ current: 0 })
      expect(await names()).toEqual(['a=1'])
      expect(await store.current()).toBe(version)
    })
    it('a commit is all or nothing', async () => {
      await put('a', '1')
      const writes = [
        { resource: 'things', name: 'b', expected: 0, value: { text: '1' } },
        { resource: 'things', name: 'a', expected: 0, value: { text: '2' } },
      ]
      await expect(store.commit(writes)).rejects.toThrow(WriteConflict)
      expect(await names()).toEqual(['a=1'])
    })
    it('of many writers that read the same version, one succeeds', async () => {
      const version = await put('a', '0')
      const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => put('a', String(index), version)))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })
    it('commits that come together have versions, conflicts and events of their own, in their order', async () => {
      const before = await store.current()
      const { events, stop } = await collect(before)
      const results = await Promise.allSettled([put('a', '1'), put('b', '1'), put('a', '2'), put('c', '1')])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
      const versions = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      expect(versions).toEqual(versions.toSorted((one, other) => one - other))
      expect(new Set(versions).size).toBe(3)
      expect(events.map(({ entry }) => [entry.name, entry.version])).toEqual(['a', 'b', 'c'].map((name, index) => [name, versions[index]]))
      expect(await store.current()).toBe(versions.at(-1))
      stop()
    })
    it('a commit that was accepted before the store closes is durable', async () => {
      const version = put('a', '1')
      await store.close()
      const result = await version
      store = await made.open()
      expect(await store.get('things', 'a')).toMatchObject({ version: result, value: { text: '1' } })
    })
    it('resources are independent of each other', async () => {
      await put('a', '1')
      expect((await store.list('others')).entries).toEqual([])
    })
    it('lists are ordered by name and paged, and all pages show one snapshot', async () => {
      for (const name of ['c', 'a', 'b', 'e']) await put(name, '1')
      const first = await store.list('things', { limit: 2 })
      expect([first.entries.map(({ name }) => name), first.after, first.remaining]).toEqual([['a', 'b'], 'b', 2])
      await put('d', '1')
      await put('c', '2', (await store.get('things', 'c'))?.version ?? -1)
      await store.commit([{ resource: 'things', name: 'e', expected: (await store.get('things', 'e'))?.version ?? -1, value: null }])
      expect(await names({ at: first.version, after: 'b' })).toEqual(['c=1', 'e=1'])
      expect(await names()).toEqual(['a=1', 'b=1', 'c=2', 'd=1'])
    })
    it('a page ends at its size limit with at least one entry, and the next page continues', async () => {
      for (const name of ['a', 'b', 'c', 'd']) await put(name, 'x'.repeat(name === 'b' ? 5_000 : 300))
      const pages: string[][] = []
      for (let after: string | undefined = ''; after !== undefined;) {
        const page: Awaited<ReturnType<Store['list']>> = await store.list('things', { after, maxBytes: 700 })
        pages.push(page.entries.map(({ name }) => name))
        expect(page.sizes).toHaveLength(page.entries.length)
        expect(page.remaining).toBe(4 - pages.flat().length)
        after = page.after
      }
      expect(pages).toEqual([['a'], ['b'], ['c', 'd']])
    })
    it('only entries that match `where` are listed and counted, now and in an old snapshot', async () => {
      const owned = (name: string, username: string | undefined) =>
        store.commit([
          {
            resource: 'things',
            name,
            expected: 0,
            value: username === undefined ? { text: name } : { text: name, spec: { requester: { username } } },
          },
        ])
      for (const [name, username] of [
        ['a', 'ann'],
        ['b', 'bob'],
        ['c', undefined],
        ['d', 'ann'],
        ['e', 'o\'b"x'],
      ] as const)
        await owned(name, username)
      const where = { field: 'spec.requester.username', in: ['ann', 'o\'b"x'] } as const
      const first = await store.list('things', { where, limit: 1 })
      expect([first.entries.map(({ name }) => name), first.after, first.remaining]).toEqual([['a'], 'a', 2])
      await owned('da', 'ann')
      expect(await names({ where, after: 'a', at: first.version })).toEqual(['d=d', 'e=e'])
      expect(await names({ where, after: 'a' })).toEqual(['d=d', 'da=da', 'e=e'])
      expect(await names({ where: { field: 'spec.subject.username', in: ['ann'] } })).toEqual([])
      expect(await names({ where: { ...where, in: [] } })).toEqual([])
    })
    it('a watch receives each event after its version once and in order, then new events', async () => {
      const first = await put('a', '1')
      const second = await put('a', '2', first)
      const { events, stop } = await collect(first)
      const third = await store.commit([{ resource: 'things', name: 'a', expected: second, value: null }])
      await put('b', '1')
      stop()
      await put('c', '1')
      expect(formatted(events)).toEqual(['MODIFIED a 2 1', 'DELETED a 2 2', 'ADDED b 1 undefined'])
      expect(events[1]?.entry.version).toBe(third)
    })
    it('a watch receives the sizes in bytes, of past and of new events', async () => {
      const start = await store.current()
      const first = await put('a', 'größe €')
      const { events } = await collect(start)
      await put('a', '世界', first)
      expect(events.map(({ size }) => size)).toEqual([bytesOf('größe €'), bytesOf('世界') + bytesOf('größe €')])
    })
    it('under concurrent writes no watch misses or repeats an event', async () => {
      const start = await store.current()
      const watches = [await collect(start)]
      for (let index = 0; index < 200; index += 1) {
        await put(`n${index}`, '1')
        if (index % 50 === 0) watches.push(await collect(start))
      }
      const expected = Array.from({ length: 200 }, (_, index) => `n${index}`)
      for (const { events } of watches) expect(events.map(({ entry }) => entry.name)).toEqual(expected)
    })
    it('a compacted version is expired, and a future version is too large', async () => {
      const first = await put('a', '1')
      const second = await put('a', '2', first)
      await store.compact(second)
      await expect(collect(first)).rejects.toThrow(VersionExpired)
      await expect(store.list('things', { at: first })).rejects.toThrow(VersionExpired)
      await expect(collect(second + 1)).rejects.toThrow(VersionTooLarge)
      expect(formatted((await collect(second)).events)).toEqual([])
      expect(await names()).toEqual(['a=2'])
    })
    it('objects survive a restart, and versions continue', async () => {
      const first = await put('a', '1')
      const second = await put('a', '2', first)
      await store.close()
      store = await made.open()
      expect(await names()).toEqual(['a=2'])
      expect(formatted((await collect(first)).events)).toEqual(['MODIFIED a 2 1'])
      expect(await put('b', '1')).toBeGreaterThan(second)
    })
    it('versions strictly increase under concurrent writers, without duplicates', async () => {
      const versions = await Promise.all(Array.from({ length: 200 }, (_, index) => put(`n${index}`, '1')))
      expect(new Set(versions).size).toBe(200)
      const { entries } = await store.list('things')
      expect(entries.map(({ version }) => version).sort((a, b) => a - b)).toEqual([...versions].sort((a, b) => a - b))
    })
    it('an object in an old snapshot has the version of that time', async () => {
      const first = await put('a', '1')
      const second = await put('b', '1')
      await put('a', '2', first)
      expect((await store.list('things', { at: second })).entries.map(({ name, version }) => [name, version])).toEqual([
        ['a', first],
        ['b', second],
      ])
    })
    it('a listener that stops during an event receives no more events, and others do', async () => {
      const start = await store.current()
      const seen: string[] = []
      const first = await store.watch('things', start, ({ entry }) => {
        seen.push(entry.name)
        first.stop()
      })
      const { events } = await collect(start)
      await put('a', '1')
      await put('b', '1')
      expect([seen, events.length]).toEqual([['a'], 2])
    })
    it('versions of a lost database stay expired after more restarts', async () => {
      const last = await store.current()
      for (const later of [3_600_000, 3_700_000]) {
        await store.close()
        store = await made.open(Date.now() + later)
        await expect(collect(last + 1)).rejects.toThrow(VersionExpired)
      }
      expect((await collect(last)).events).toEqual([])
    })
    it('a version of a lost database is expired and never reused', async () => {
      const last = await store.current()
      await store.close()
      store = await made.open(Date.now() + 3_600_000)
      await expect(collect(last + 1)).rejects.toThrow(VersionExpired)
      expect(await put('a', '1')).toBeGreaterThan(last + 1_000_000)
    })
  })
}
