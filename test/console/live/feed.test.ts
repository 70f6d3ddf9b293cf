import { afterEach, describe, expect, it } from 'vitest'
import { createFeed, type Feed, type FeedSource, type Snapshot } from '../../../console/live/feed.ts'

const nothing = (): void => {}
const TIMING = { refreshMs: 60_000, leastMs: 1, retryMs: 1 }
const feeds: Feed[] = []
afterEach(() => {
  for (const feed of feeds.splice(0)) feed.stop()
})

/** A feed of a counter: each read shows how often it changed. */
function start(source: Partial<FeedSource> = {}, timing = TIMING) {
  const state = { count: 0, reads: 0, changed: () => {}, failures: [] as unknown[], seen: [] as string[] }
  const feed = createFeed(
    {
      watch: (changed, signal) =>
        new Promise((resolve) => {
          state.changed = changed
          signal.addEventListener('abort', () => resolve())
        }),
      read: (): Promise<Snapshot> => {
        state.reads += 1
        return Promise.resolve({ id: String(state.count), data: String(state.count) })
      },
      failed: (error) => void state.failures.push(error),
      ...source,
    },
    timing,
  )
  feeds.push(feed)
  feed.subscribe(({ id }) => void state.seen.push(id))
  return { feed, state }
}

describe('a feed', () => {
  it('reads at first, and after a change', async () => {
    const { state } = start()
    await expect.poll(() => state.seen).toEqual(['0'])
    state.count = 1
    state.changed()
    await expect.poll(() => state.seen).toEqual(['0', '1'])
  })
  it('does not send what is the same', async () => {
    const { state } = start()
    await expect.poll(() => state.reads).toBe(1)
    state.changed()
    await expect.poll(() => state.reads).toBe(2)
    state.count = 1
    state.changed()
    await expect.poll(() => state.seen).toEqual(['0', '1'])
  })
  it('reads once for many changes that come while it reads', async () => {
    let finish: () => void = nothing
    let reads = 0
    const { state } = start({
      read: async () => {
        reads += 1
        await new Promise<void>((resolve) => (finish = resolve))
        return { id: String(reads), data: '' }
      },
    })
    await expect.poll(() => reads).toBe(1)
    for (let count = 0; count < 1000; count += 1) state.changed()
    finish()
    await expect.poll(() => reads).toBe(2)
    finish()
    await expect.poll(() => state.seen).toEqual(['1', '2'])
    state.changed()
    await expect.poll(() => reads).toBe(3)
    finish()
  })
  it('gives a later subscriber the last snapshot at once', async () => {
    const { feed, state } = start()
    await expect.poll(() => state.seen).toEqual(['0'])
    const later: string[] = []
    feed.subscribe(({ id }) => void later.push(id))
    expect(later).toEqual(['0'])
  })
  it('reads from time to time when there is no watch, and tries to watch again', async () => {
    let watches = 0
    const { state } = start({
      watch: () => {
        watches += 1
        return Promise.reject(new Error('refused'))
      },
    })
    await expect.poll(() => watches).toBeGreaterThan(2)
    state.count = 7
    await expect.poll(() => state.seen.at(-1)).toBe('7')
    expect(state.failures.length).toBeGreaterThan(1)
  })
  it('reads again without a change, since requests expire', async () => {
    const { state } = start({}, { ...TIMING, refreshMs: 5 })
    await expect.poll(() => state.reads).toBeGreaterThan(3)
  })
  it('reads again after a failure', async () => {
    let fails = true
    const { state } = start({ read: () => (fails ? Promise.reject(new Error('away')) : Promise.resolve({ id: 'back', data: '' })) })
    await expect.poll(() => state.failures.length).toBeGreaterThan(1)
    fails = false
    await expect.poll(() => state.seen).toEqual(['back'])
  })
  it('aborts its watch and its read when it stops', async () => {
    const aborted: string[] = []
    const wait = (name: string, signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          aborted.push(name)
          reject(new Error('aborted'))
        }),
      )
    const { feed, state } = start({ watch: (_changed, signal) => wait('watch', signal), read: (signal) => wait('read', signal) })
    await new Promise((resolve) => setImmediate(resolve))
    feed.stop()
    expect(aborted.toSorted()).toEqual(['read', 'watch'])
    expect(state.failures).toEqual([])
  })
})
