import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Matcher } from '../../../../domain/mask/match/matcher.ts'
import { StrongValue } from '../../../../domain/mask/match/pattern.ts'
import { PatternTable } from '../../../../domain/mask/match/pattern-table.ts'
import { costRatio } from '../../../measure/processor-cost.ts'

const value = new StrongValue('any', { namespace: 'shop', secret: 'db', key: 'k' })
const letters = (minLength: number, maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b'), minLength, maxLength })
const drain = (steps: Generator<void, unknown>): void => {
  while (steps.next().done !== true) continue
}

/** [from, to) of every occurrence of a pattern. Occurrences that overlap or touch are joined. */
function spansByModel(text: string, patterns: readonly string[]): readonly (readonly [number, number])[] {
  const spans: [number, number][] = []
  for (let at = 0; at < text.length; at++) {
    const longest = Math.max(0, ...patterns.filter((pattern) => text.startsWith(pattern, at)).map(({ length }) => length))
    if (longest === 0) continue
    const before = spans.at(-1)
    if (before !== undefined && before[1] >= at) before[1] = Math.max(before[1], at + longest)
    else spans.push([at, at + longest])
  }
  return spans
}

function spansOf(table: PatternTable, text: string, cut: number): readonly (readonly [number, number])[] {
  const matcher = new Matcher(table)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += cut) {
    // The memory is overwritten: nothing of an earlier chunk may be read again.
    const chunk = Buffer.from(bytes.subarray(at, at + cut))
    matcher.read(chunk, 0, chunk.length)
    chunk.fill(0)
  }
  matcher.finish()
  return matcher.spans.map(({ from, to }) => [from, to] as const)
}

describe('a search finds exactly the patterns in the table', () => {
  it('after any additions and removals, at any cut', () => {
    const pattern = letters(8, 24)
    const step = fc.record({ text: pattern, add: fc.boolean(), renew: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), letters(0, 120), fc.integer({ min: 1, max: 60 }), (steps, text, cut) => {
        const table = new PatternTable()
        const there = new Set<string>()
        for (const { text: each, add, renew } of steps) {
          if (add) {
            table.add(each, value)
            there.add(each)
          } else {
            table.remove(each, value)
            there.delete(each)
          }
          if (renew) drain(table.renewFilter())
        }
        expect(table.size).toBe(there.size)
        expect(spansOf(table, text, cut)).toEqual(spansByModel(text, [...there]))
      }),
      { numRuns: 2000 },
    )
  })

  // Most of these patterns are alone with their beginning, so that the filter compares their last byte.
  it('in text full of patterns that are cut off late', () => {
    const pattern = fc.oneof(fc.string({ unit: fc.constantFrom(...Array.from('abcdefgh')), minLength: 8, maxLength: 127 }), letters(8, 12))
    const step = fc.record({ text: pattern, add: fc.constantFrom(true, true, false), renew: fc.boolean() })
    const piece = fc.record({ of: fc.nat(), less: fc.constantFrom(0, 0, 1, 1, 2, 3, 7), more: letters(0, 2) })
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 30 }),
        fc.array(piece, { maxLength: 12 }),
        fc.integer({ min: 1, max: 300 }),
        (steps, pieces, cut) => {
          const table = new PatternTable()
          const there = new Set<string>()
          for (const { text: each, add, renew } of steps) {
            if (add) table.add(each, value)
            else table.remove(each, value)
            if (add) there.add(each)
            else there.delete(each)
            if (renew) drain(table.renewFilter())
          }
          const text = pieces.map(({ of, less, more }) => `${(steps[of % steps.length]?.text ?? '').slice(0, -less || undefined)}${more}`).join('')
          expect(spansOf(table, text, cut)).toEqual(spansByModel(text, [...there]))
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('including patterns added while the filter is rebuilt', () => {
    const table = new PatternTable()
    const texts = Array.from({ length: 20_000 }, (_, index) => `pattern-${index}-of-many`)
    for (const text of texts) table.add(text, value)
    const steps = table.renewFilter()
    steps.next()
    table.add('pattern-in-between', value)
    table.remove(texts[0] as string, value)
    drain(steps)
    expect(spansOf(table, 'a pattern-in-between b', 100)).toEqual([[2, 20]])
    expect(spansOf(table, `a ${texts[19_999]} b`, 100)).toHaveLength(1)
    expect(spansOf(table, `a ${texts[0]} b`, 100)).toEqual([])
  })

  it('including a pattern of two values until both are removed', () => {
    const other = new StrongValue('other', { namespace: 'n', secret: 's', key: 'k' })
    const table = new PatternTable()
    table.add('shared-by-two', value)
    table.add('shared-by-two', other)
    table.remove('shared-by-two', value)
    expect(spansOf(table, 'shared-by-two', 100)).toHaveLength(1)
    table.remove('shared-by-two', other)
    expect(spansOf(table, 'shared-by-two', 100)).toHaveLength(0)
  })
})

const search = (table: PatternTable, text: Buffer): void => {
  const matcher = new Matcher(table)
  matcher.read(text, 0, text.length)
  matcher.finish()
}

describe('hostile patterns and text cannot slow down a search', () => {
  const MEGA = 1 << 20
  /** Text of the same length that resembles no pattern of the table. */
  const plain = Buffer.alloc(MEGA, 'x')

  it('with thousands of patterns that share a prefix and a text made of that prefix', async () => {
    const [few, many] = [new PatternTable(), new PatternTable()]
    const start = 'abcdefghabcdefghabcdefghabcdefgh'
    const text = Buffer.alloc(MEGA, start)
    for (let index = 0; index < 20_000; index++) {
      const pattern = `${start.repeat(2)}${index}`
      many.add(pattern, value)
      if (index < 20) few.add(pattern, value)
    }
    search(many, plain)
    // A thousand times as many patterns cost a few more steps of a binary search, not a thousand times as much.
    expect(
      await costRatio(
        () => search(many, text),
        () => search(few, text),
      ),
    ).toBeLessThan(12)
  })
})
