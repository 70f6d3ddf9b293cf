import fc from 'fast-check'
import * as library from 'diff'
import { describe, expect, it, vi } from 'vitest'
import { lineDiff } from '../../../../gateway/plan/render/line-diff.ts'

vi.mock('diff', { spy: true })

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 30 })
const signed = (diff: string, sign: string): readonly string[] =>
  diff
    .split('\n')
    .filter((line) => line.startsWith(sign))
    .map((line) => line.slice(1))

const count = (diff: string, sign: string): number => (diff === '' ? 0 : diff.split('\n').filter((line) => line.startsWith(sign)).length)

describe('lineDiff', () => {
  it('removes only old lines and adds only new lines', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = lineDiff(before, after).text
        const left: string[] = [...before]
        for (const line of signed(diff, '-')) left.splice(left.indexOf(line), 1)
        expect([...left, ...signed(diff, '+')].sort()).toEqual([...after].sort())
      }),
    )
  })

  it('is empty for equal texts', () => {
    fc.assert(fc.property(lines, (same) => lineDiff(same, same).text === ''))
  })

  it('shows three lines of context around each change and omits the rest', () => {
    const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12']
    const after = before.map((line) => (line === '6' ? 'six' : line))
    expect(lineDiff(before, after).text.split('\n')).toEqual([' 3', ' 4', ' 5', '-6', '+six', ' 7', ' 8', ' 9'])
  })

  it('cuts both sides evenly and counts the cut lines', () => {
    const side = fc.array(fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme-ascii' }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(side, side, fc.integer({ min: 80, max: 2000 }), (before, after, limit) => {
        const whole = lineDiff(before, after)
        const { text, cut } = lineDiff(before, after, limit)
        expect(text.length).toBeLessThanOrEqual(limit)
        expect(count(text, '-') + cut.removed).toBe(count(whole.text, '-'))
        expect(count(text, '+') + cut.added).toBe(count(whole.text, '+'))
        if (cut.removed > 0 && count(whole.text, '+') > 0) expect(count(text, '+')).toBeGreaterThan(0)
      }),
    )
  })

  it('shows huge texts as replaced, within a bounded time', () => {
    const before = Array.from({ length: 5000 }, (_, at) => `before ${at}`)
    const after = Array.from({ length: 5000 }, (_, at) => `after ${at}`)
    expect(lineDiff(before, after).text.split('\n')).toHaveLength(10_000)
  })

  it('compares no more lines than it could show, and counts the others', () => {
    const sides = ['a', 'b'].map((letter) => Array.from({ length: 150_000 }, () => letter))
    vi.mocked(library.diffArrays).mockClear()
    const { text, cut } = lineDiff(['same', ...(sides[0] ?? [])], ['same', ...(sides[1] ?? []), 'c'], 3000)
    expect([count(text, '-') + cut.removed, count(text, '+') + cut.added]).toEqual([150_000, 150_001])
    expect(count(text, '-')).toBe(count(text, '+'))
    expect(text.length).toBeLessThanOrEqual(3000)
    expect(library.diffArrays).not.toHaveBeenCalled()
  })
})
