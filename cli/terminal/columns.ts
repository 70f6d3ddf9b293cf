import { cut, lengthOf } from './untrusted.ts'

/** Longest cell in a pipe. Text of an agent can have thousands of characters; `-o json` has all of them. */
const MAX_WIDTH = 1000
const GAP = '   '
/** Columns are not cut below this width, even on a narrower terminal. */
const NARROWEST = 8

/** Shortens the widest columns until the row fits. The first column is a name to copy, so it keeps its width. */
function fit(natural: readonly number[], width: number): readonly number[] {
  const widths = [...natural]
  const excess = (): number => widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1) - width
  for (let over = excess(); over > 0; over -= 1) {
    const widest = widths.reduce((best, each, column) => (column > 0 && each > (widths[best] ?? 0) ? column : best), 1)
    if ((widths[widest] ?? 0) <= NARROWEST) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

/**
 * Formats rows under headings, with columns three spaces apart. Every cell is made safe for a terminal. With a width, cells are cut with `…` so that
 * the rows fit. Characters that a terminal shows in two columns count as one.
 * @param width columns of the terminal; undefined for a pipe
 */
export function columns(headings: readonly string[], rows: readonly (readonly string[])[], width?: number): string {
  const table = [headings, ...rows].map((row) => row.map((cell) => cut(cell, MAX_WIDTH)))
  const natural = headings.map((_, column) => table.reduce((most, row) => Math.max(most, lengthOf(row[column] ?? '')), 0))
  const widths = width === undefined ? natural : fit(natural, width)
  return table
    .map((row) => {
      const cells = row.map((cell, column) => {
        const room = widths[column] ?? NARROWEST
        const shown = cut(cell, room)
        return shown + ' '.repeat(room - lengthOf(shown))
      })
      return `${cells.join(GAP).trimEnd()}\n`
    })
    .join('')
}
