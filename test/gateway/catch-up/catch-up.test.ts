import fc from 'fast-check'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createCatchUp } from '../../../gateway/catch-up/catch-up.ts'
import { DelayLine } from '../../../gateway/catch-up/delay-line.ts'
import { createHeldRoom } from '../../../gateway/byte-room.ts'
import { ClusterModel, type Delays } from './cluster-model.ts'
import { VirtualTime } from './virtual-time.ts'

function setup() {
  const time = new VirtualTime()
  const cluster = new ClusterModel(time)
  return { time, cluster, catchUp: createCatchUp(cluster.options()) }
}

type Went = { went?: 'well' | 'badly'; atMs?: number; error?: unknown }

/** Tracks the outcome of a promise. */
function watched(promise: Promise<void>, time: VirtualTime): Went {
  const seen: Went = {}
  promise.then(
    () => Object.assign(seen, { went: 'well', atMs: time.nowMs() }),
    (error: unknown) => Object.assign(seen, { went: 'badly', atMs: time.nowMs(), error }),
  )
  return seen
}

describe('catching up', () => {
  it('covers a Secret that was written before the call, however late its event reaches the cache', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.delays = { cacheMs: 700, watchMs: 40, answerMs: 3, learnMs: 5 }
    cluster.write('value')
    const call = watched(catchUp.caughtUp(), time)
    await time.run(700)
    expect(call.went).toBeUndefined()
    await time.run(2_000)
    expect(call.went).toBe('well')
    expect([...cluster.known]).toEqual(['value'])
  })

  it('ends at once when the watch has delivered a later revision', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.write('value')
    await time.run(10)
    const call = watched(catchUp.caughtUp(), time)
    await time.run(11)
    expect(call).toMatchObject({ went: 'well', atMs: 10 })
  })

  it('takes little time in an idle cluster, and one request for all callers', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.write()
    const calls = Array.from({ length: 1000 }, () => watched(catchUp.caughtUp(), time))
    await time.run(60)
    expect(new Set(calls.map(({ went }) => went))).toEqual(new Set(['well']))
    expect(cluster.probes).toBe(1)
  })

  it('does not wait again until the next write or another watch', async () => {
    const { time, cluster, catchUp } = setup()
    const took = async (): Promise<number> => {
      await time.run(time.nowMs() + 1_000)
      const beganMs = time.nowMs()
      const call = watched(catchUp.caughtUp(), time)
      await time.run(beganMs + 500)
      expect(call.went).toBe('well')
      return (call.atMs ?? Infinity) - beganMs
    }
    cluster.write()
    expect(await took()).toBeGreaterThan(0)
    expect(await took()).toBe(0)
    expect(await took()).toBe(0)
    cluster.write()
    expect(await took()).toBeGreaterThan(0)
    expect(await took()).toBe(0)
    cluster.breakWatch(10)
    expect(await took()).toBeGreaterThan(0)
  })

  it('asks kube-apiserver at most twenty times a second', async () => {
    const { time, cluster, catchUp } = setup()
    for (let ms = 0; ms < 1000; ms++) time.at(ms, () => void catchUp.caughtUp())
    await time.run(1_000)
    expect(cluster.probes).toBeGreaterThan(10)
    expect(cluster.probes).toBeLessThanOrEqual(21)
  })

  it('asks at most a hundred times a second for callers that hold back much', async () => {
    const { time, cluster, catchUp } = setup()
    for (let ms = 0; ms < 1000; ms++) time.at(ms, () => void catchUp.caughtUp(512 * 1024))
    await time.run(1_000)
    expect(cluster.probes).toBeGreaterThan(60)
    expect(cluster.probes).toBeLessThanOrEqual(101)
  })

  it('asks no more often for many callers that hold back little', async () => {
    const { time, cluster, catchUp } = setup()
    for (let ms = 0; ms < 1000; ms++) time.at(ms, () => void catchUp.caughtUp(16 * 1024))
    await time.run(1_000)
    expect(cluster.probes).toBeLessThanOrEqual(21)
  })

  it('lets a log of hundreds of megabytes a second pass', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.delays = { cacheMs: 0, watchMs: 0, answerMs: 3, learnMs: 0 }
    const line = new DelayLine({ catchUp, room: createHeldRoom(new Registry()).of('agent'), onFailed: () => {} })
    let passed = 0
    const log = async (): Promise<void> => {
      for (;;) {
        await line.add(async () => void (passed += 64 * 1024), 64 * 1024)
        await time.pause(0.1)
      }
    }
    void log().catch(() => {})
    await time.run(1_000)
    line.close(new Error('over'))
    expect(passed).toBeGreaterThan(300e6)
  })

  it('does not wait for Secrets that change without end', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.delays = { cacheMs: 5, watchMs: 5, answerMs: 3, learnMs: 20 }
    for (let ms = 0; ms < 20_000; ms += 2) time.at(ms, () => cluster.write(`value-${ms}`))
    const calls = [0, 500, 1000, 5000].map((ms) => {
      const made: { call?: Went } = {}
      time.at(ms, () => (made.call = watched(catchUp.caughtUp(), time)))
      return { ms, made }
    })
    await time.run(10_000)
    for (const { ms, made } of calls) {
      expect(made.call?.went).toBe('well')
      expect((made.call?.atMs ?? Infinity) - ms).toBeLessThan(200)
    }
  })

  it('waits for a new watch after a break, and for the changes that it delivers', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.breakWatch(3_000)
    cluster.write('value')
    const call = watched(catchUp.caughtUp(), time)
    await time.run(3_000)
    expect(call.went).toBeUndefined()
    await time.run(4_000)
    expect(call.went).toBe('well')
    expect(cluster.known.has('value')).toBe(true)
  })

  it('waits longer after the watch was late', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.delays = { cacheMs: 0, watchMs: 300, answerMs: 0, learnMs: 0 }
    cluster.write('seen-late')
    await catchUpNow(time, catchUp, 1_000)
    cluster.write('value')
    await catchUpNow(time, catchUp, 2_000)
    expect(cluster.known.has('value')).toBe(true)
  })

  it.each([
    ['kube-apiserver does not answer', (cluster: ClusterModel) => void (cluster.away = true)],
    ['values cannot be learned', (cluster: ClusterModel) => void (cluster.failing = true)],
    ['the watch does not reconnect', (cluster: ClusterModel) => cluster.breakWatch(60_000)],
    ['learning never ends', (cluster: ClusterModel) => void (cluster.delays = { ...cluster.delays, learnMs: 1e9 })],
  ])('fails after ten seconds when %s, and works again afterwards', async (_, fail) => {
    const { time, cluster, catchUp } = setup()
    fail(cluster)
    cluster.write()
    const call = watched(catchUp.caughtUp(), time)
    await time.run(9_000)
    expect(call.went).toBeUndefined()
    await time.run(13_000)
    expect(call).toMatchObject({ went: 'badly', error: { reason: 'ServiceUnavailable', code: 503 } })
    Object.assign(cluster, { away: false, failing: false, delays: { ...cluster.delays, learnMs: 0 } })
    await time.run(61_000)
    const again = watched(catchUp.caughtUp(), time)
    await time.run(63_000)
    expect(again.went).toBe('well')
  })
})

async function catchUpNow(time: VirtualTime, catchUp: { caughtUp(): Promise<void> }, until: number): Promise<void> {
  const call = watched(catchUp.caughtUp(), time)
  await time.run(until)
  expect(call.went).toBe('well')
}

type Step =
  | { readonly kind: 'secret' | 'other' | 'bookmark'; readonly afterMs: number }
  | { readonly kind: 'chunk'; readonly afterMs: number; readonly bytes: number; readonly passMs: number }
  | { readonly kind: 'piece'; readonly afterMs: number; readonly words: number; readonly passMs: number }
  | { readonly kind: 'break' | 'away' | 'failing'; readonly afterMs: number; readonly forMs: number }
  | { readonly kind: 'delays'; readonly afterMs: number; readonly delays: Delays }

const ms = (max: number): fc.Arbitrary<number> => fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max }) }, fc.constantFrom(0, 1))
const afterMs = fc.oneof(ms(5), ms(120), ms(1_500))
const delays = fc.record({ cacheMs: ms(400), watchMs: ms(45), answerMs: ms(250), learnMs: ms(60) })
const anyStep = (trouble: number): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('secret' as const, 'other' as const, 'bookmark' as const), afterMs }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('chunk' as const), afterMs, bytes: fc.oneof(ms(200), ms(3_000_000)), passMs: ms(30) }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('piece' as const), afterMs, words: fc.integer({ min: 1, max: 6_000 }), passMs: ms(30) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('break' as const, 'away' as const, 'failing' as const), afterMs, forMs: ms(trouble) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delays' as const), afterMs, delays }) },
  )

/** A piece repeats its number in words of 4 bytes. Returns the numbers of the pieces that were shown together. */
function numbersIn(bytes: Buffer): readonly number[] {
  const words = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(4 * at))
  return words.filter((number, at) => number !== words[at - 1])
}

/** Runs the steps. A chunk or a piece holds a copy of every value that was written before it. */
async function play(steps: readonly Step[], first: Delays) {
  const { time, cluster, catchUp } = setup()
  cluster.delays = first
  const line = { error: undefined as unknown }
  const delayed = new DelayLine({ catchUp, room: createHeldRoom(new Registry()).of('agent'), onFailed: (error) => void (line.error = error) })
  const written: string[] = []
  const left: number[] = []
  const shown: string[] = []
  const copiesIn: string[][] = []
  let together = 0
  let sent = 0
  let dropped = 0

  const play1 = async (step: Step): Promise<void> => {
    switch (step.kind) {
      case 'secret':
        written.push(`value-${written.length}`)
        return cluster.write(written.at(-1))
      case 'other':
        return cluster.write()
      case 'bookmark':
        return cluster.bookmark()
      case 'delays':
        cluster.delays = step.delays
        return
      case 'break':
        return cluster.breakWatch(step.forMs)
      case 'away':
        cluster.away = true
        return time.at(time.nowMs() + step.forMs, () => (cluster.away = false))
      case 'failing':
        cluster.failing = true
        return time.at(time.nowMs() + step.forMs, () => (cluster.failing = false))
      case 'chunk': {
        const [copies, number] = [[...written], sent++]
        const show = async (): Promise<void> => {
          left.push(number)
          shown.push(...copies.filter((copy) => !cluster.known.has(copy)))
          await time.pause(step.passMs)
        }
        copiesIn.push(copies)
        return void (await delayed.add(show, 1 + step.bytes).catch(() => (dropped += 1)))
      }
      case 'piece': {
        const piece = Buffer.from(new Uint32Array(step.words).fill(sent++).buffer)
        copiesIn.push([...written])
        const show = async (bytes: Buffer): Promise<void> => {
          const numbers = numbersIn(bytes)
          together = Math.max(together, numbers.length)
          if (numbers.length > 1) expect(bytes.length).toBeLessThanOrEqual(16 * 1024)
          left.push(...numbers)
          shown.push(...numbers.flatMap((number) => copiesIn[number] ?? []).filter((copy) => !cluster.known.has(copy)))
          await time.pause(step.passMs)
        }
        await delayed.addBytes(piece, show).catch(() => (dropped += 1))
      }
    }
  }
  const all = (async () => {
    for (const step of steps) {
      await time.pause(step.afterMs)
      await play1(step)
    }
    await delayed.drained().catch(() => {})
  })()
  const done = watched(all, time)
  while (done.went === undefined) await time.run(time.nowMs() + 1_000)
  await all
  return { left, shown, sent, together, error: line.error }
}

describe('a stream while Secrets change', () => {
  it('shows small pieces together that wait for the same round', async () => {
    const pieces = Array.from({ length: 100 }, (_, at): Step => ({ kind: 'piece', afterMs: at % 10 === 0 ? 1 : 0, words: 16, passMs: 0 }))
    const { left, together } = await play(pieces, { cacheMs: 0, watchMs: 0, answerMs: 3, learnMs: 0 })
    expect(left).toEqual(pieces.map((_, number) => number))
    expect(together).toBeGreaterThan(50)
  })

  it('shows no value of a Secret that existed before the chunk arrived, and every chunk once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep(2_000), { minLength: 1, maxLength: 60 }), delays, async (steps, first) => {
        const { left, shown, sent, error } = await play(steps, first)
        expect(shown).toEqual([])
        expect(error).toBeUndefined()
        expect(left).toEqual(Array.from({ length: sent }, (_, number) => number))
      }),
      { numRuns: 150 },
    )
  })

  it('ends when the Secrets stay unknown, without showing a value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep(40_000), { minLength: 1, maxLength: 60 }), delays, async (steps, first) => {
        const { left, shown, sent, error } = await play(steps, first)
        expect(shown).toEqual([])
        expect(left).toEqual(Array.from({ length: left.length }, (_, number) => number))
        if (error === undefined) expect(left.length).toBe(sent)
        else expect(error).toMatchObject({ reason: 'ServiceUnavailable' })
      }),
      { numRuns: 150 },
    )
  })
})
