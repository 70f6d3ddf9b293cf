import fc from 'fast-check'
import { Registry } from 'prom-client'
import { describe, expect, it, vi } from 'vitest'
import { DelayLine } from '../../../gateway/catch-up/delay-line.ts'
import { createHeldRoom } from '../../../gateway/byte-room.ts'
import { setup, watched } from './catch-up-fixture.ts'
import type { Delays } from './cluster-model.ts'

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

/** A line whose bytes wait for `ready`, and how many bytes it holds back. */
function lineOf(ready = (): Promise<void> => RESOLVED) {
  const held = { bytes: 0 }
  const room = { take: (bytes: number) => void (held.bytes += bytes), give: (bytes: number) => void (held.bytes -= bytes), left: true }
  return { held, line: new DelayLine({ catchUp: { caughtUp: ready }, room, onFailed: () => {} }) }
}
const RESOLVED = Promise.resolve()

describe('pieces of bytes', () => {
  it('that come while others are shown are shown after them', async () => {
    const { line } = lineOf()
    const shown: string[] = []
    const first = Promise.withResolvers<void>()
    const show = async (bytes: Buffer): Promise<void> => {
      shown.push(bytes.toString())
      if (shown.length === 1) await first.promise
    }
    await line.addBytes(Buffer.from('a'), show)
    while (shown.length === 0) await Promise.resolve()
    await line.addBytes(Buffer.from('b'), show)
    first.resolve()
    await line.drained()
    expect(shown).toEqual(['a', 'b'])
  })

  it('that came after a round began do not pass with those that wait for it', async () => {
    const rounds = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    let begun = 0
    const { line } = lineOf(() => rounds[begun === 0 ? 0 : 1].promise)
    const shown: string[] = []
    const show = (bytes: Buffer): Promise<void> => Promise.resolve(void shown.push(bytes.toString()))
    for (const text of ['a', 'b']) await line.addBytes(Buffer.from(text), show)
    begun = 1
    for (const text of ['c', 'd']) await line.addBytes(Buffer.from(text), show)
    rounds[0].resolve()
    await vi.waitUntil(() => shown.length > 0)
    expect(shown).toEqual(['ab'])
    rounds[1].resolve()
    await line.drained()
    expect(shown).toEqual(['ab', 'cd'])
  })

  it('give back all that they held', async () => {
    const { line, held } = lineOf()
    const sizes: number[] = []
    for (let at = 0; at < 100; at++) void line.addBytes(Buffer.alloc(64), (bytes) => Promise.resolve(void sizes.push(bytes.length)))
    expect(held.bytes).toBeGreaterThan(100 * 64)
    await line.drained()
    expect([held.bytes, sizes]).toEqual([0, [6_400]])
  })
})
