import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Buckets, createRecordBudget, TooManyRecords } from '../../../gateway/record/budget.ts'

const RATE = { bytesPerSecond: 1_000, bytes: 5_000, linesPerSecond: 10, lines: 50 }
const steps = fc.array(
  fc.record({ who: fc.constantFrom('a', 'b'), afterMs: fc.integer({ min: 0, max: 2_000 }), bytes: fc.integer({ min: 1, max: 3_000 }) }),
  { maxLength: 200 },
)

describe('the record budget of an identity', () => {
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
  it('does not shrink when another identity writes much', () => {
    const buckets = new Buckets(RATE, () => 0)
    while (buckets.take('loud', { bytes: 900, lines: 1 }) === 0);
    expect(buckets.take('quiet', { bytes: 900, lines: 1 })).toBe(0)
  })
  it('is dropped only when its bucket is full', () => {
    const buckets = new Buckets(RATE, () => 0)
    while (buckets.take('loud', { bytes: 900, lines: 1 }) === 0);
    for (let other = 0; other < 5_000; other++) buckets.take(`other-${other}`, { bytes: 1, lines: 1 })
    expect(buckets.take('loud', { bytes: 1, lines: 1 })).toBeGreaterThan(0)
  })
  it('has a limit for refusals, a larger one for forwarded requests, and returns when to retry', () => {
    const event = { event: 'request.refused', path: '/'.padEnd(8_000, 'x') }
    const budget = createRecordBudget({}, () => 0)
    let refused = 0
    while (budget.refusal('a', event) === undefined) refused += 1
    expect(refused * 8_000).toBeLessThan(1.1 * 1024 * 1024)
    expect(budget.refusal('a', event)).toMatchObject({ code: 429, details: { retryAfterSeconds: 1 } })
    expect(() => budget.intent('a', event)).not.toThrow()
    expect(() => {
      for (let sent = 0; sent < 10_000; sent++) budget.intent('a', event)
    }).toThrow(TooManyRecords)
  })
})
