import { cut } from './untrusted.ts'

const WIDEST = 60

/** Formats rows under headings, with columns at least three spaces apart. Every cell is made safe for a terminal. */
export function columns(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = [headings, ...rows].map((row) => row.map((cell) => cut(cell, WIDEST)))
  const widths = headings.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('')
}
