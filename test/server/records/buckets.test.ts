import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Buckets } from '../../../server/records/buckets.ts'

const RATE = { bytesPerSecond: 1_000, bytes: 5_000, linesPerSecond: 10, lines: 50 }
const steps = fc.array(
  fc.record({ who: fc.constantFrom('a', 'b'), afterMs: fc.integer({ min: 0, max: 2_000 }), bytes: fc.integer({ min: 1, max: 3_000 }) }),
  { maxLength: 200 },
)

describe('the record budget of an owner', () => {
  it('never exceeds its burst, its rate and one event', () =>
    fc.assert(
      fc.property(steps, (all) => {
        let now = 0
        const buckets = new Buckets(RATE, () => now)
        const written = { a: { bytes: 0, lines: 0 }, b: { bytes: 0, lines: 0 } }
        for (const { who, afterMs, bytes } of all) {
          now += afterMs
          const of = written[who]
          if (buckets.take(who, { bytes, lines: 1 }) > 0) continue
          of.bytes += bytes
          of.lines += 1
          expect(of.bytes).toBeLessThanOrEqual(RATE.bytes + (now / 1000) * RATE.bytesPerSecond + 3_000)
          expect(of.lines).toBeLessThanOrEqual(RATE.lines + (now / 1000) * RATE.linesPerSecond + 1)
        }
      }),
    ))
  it('is available again after the returned delay', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50_000 }), (bytes) => {
        let now = 0
        const buckets = new Buckets(RATE, () => now)
        while (buckets.take('a', { bytes, lines: 1 }) === 0);
        const wait = buckets.take('a', { bytes, lines: 1 })
        now += wait * 1000 + 1
        expect(buckets.take('a', { bytes, lines: 1 })).toBe(0)
      }),
    ))
  it('does not shrink when another owner writes much', () => {
    const buckets = new Buckets(RATE, () => 0)
    while (buckets.take('loud', { bytes: 900, lines: 1 }) === 0);
    expect(buckets.take('quiet', { bytes: 900, lines: 1 })).toBe(0)
  })
  it('is used up by many small events as by a few large ones', () => {
    const buckets = new Buckets(RATE, () => 0)
    let taken = 0
    while (taken < 1_000 && buckets.take('a', { bytes: 1, lines: 1 }) === 0) taken += 1
    expect(taken).toBe(RATE.lines)
  })
  it('is dropped only when its bucket is full', () => {
    const buckets = new Buckets(RATE, () => 0)
    while (buckets.take('loud', { bytes: 900, lines: 1 }) === 0);
    for (let other = 0; other < 5_000; other++) buckets.take(`other-${other}`, { bytes: 1, lines: 1 })
    expect(buckets.take('loud', { bytes: 1, lines: 1 })).toBeGreaterThan(0)
  })
})
