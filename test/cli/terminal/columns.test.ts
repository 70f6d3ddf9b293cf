import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columns } from '../../../cli/terminal/columns.ts'

const widthOf = (table: string): number => Math.max(...table.split('\n').map((line) => Array.from(line).length))

describe('a table', () => {
  it('is cut with … to the width of the terminal, the widest columns first, and never in its first column', () => {
    const name = 'a-name-to-copy-and-paste'
    const table = columns(['NAME', 'SHORT', 'LONG'], [[name, 'ab', 'x'.repeat(200)]], 60)
    expect(widthOf(table)).toBe(60)
    expect(table.split('\n')[1]).toMatch(new RegExp(`^${name} {3}ab {6}x+…$`))
  })
  it('is not cut in a pipe', () => {
    expect(columns(['A', 'B'], [['a', 'x'.repeat(200)]])).toContain('x'.repeat(200))
  })
  it('fits every terminal that has room for its narrowest form, and keeps its columns apart', () => {
    const cell = fc.string({ maxLength: 80 })
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 4 }), fc.integer({ min: 40, max: 200 }), (rows, width) => {
        const first = Math.max(4, ...rows.map(([name]) => Array.from(name).length * 6))
        expect(widthOf(columns(['NAME', 'B', 'C'], rows, width))).toBeLessThanOrEqual(Math.max(width, first + 2 * 3 + 2 * 8))
      }),
    )
  })
})
