import { diffArrays } from 'diff'

type Edit = { readonly sign: ' ' | '-' | '+'; readonly line: string }
/** The number of changed lines of each side that were cut from the text. */
export type CutLines = { readonly removed: number; readonly added: number }
export type LineDiff = { readonly text: string; readonly cut: CutLines }

/** Beyond these bounds a diff is not readable, and all lines are shown as replaced. The algorithm is quadratic in the number of edits. */
const MAX_EDITS = 2_000
const MAX_MS = 500
const CONTEXT = 3
/** Changed lines of each side that are compared at all. More are not shown anyway, and an object can have a million lines of one character. */
const MAX_LINES = 100_000

const all = (sign: Edit['sign'], lines: readonly string[]): readonly Edit[] => lines.map((line) => ({ sign, line }))

function differing(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const changes = diffArrays([...before], [...after], { maxEditLength: MAX_EDITS, timeout: MAX_MS })
  if (changes === undefined) return [...all('-', before), ...all('+', after)]
  return changes.flatMap(({ removed, added, value }) => all(removed ? '-' : added ? '+' : ' ', value))
}

/** The number of lines at the beginning and at the end that both sides have. Large equal parts then do not count against the bounds. */
function commonEnds(before: readonly string[], after: readonly string[]): { readonly head: number; readonly tail: number } {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  return { head, tail }
}

/** Keeps three lines of context around each change, and marks gaps with `...`. */
function nearChanges(edits: readonly Edit[]): readonly string[] {
  const shown = new Set<number>()
  for (const [at, { sign }] of edits.entries()) {
    if (sign !== ' ') for (let near = at - CONTEXT; near <= at + CONTEXT; near++) shown.add(near)
  }
  const lines: string[] = []
  for (const [at, { sign, line }] of edits.entries()) {
    if (shown.has(at)) lines.push(`${sign}${line}`)
    else if (lines.length > 0 && lines.at(-1) !== '...') lines.push('...')
  }
  if (lines.at(-1) === '...') lines.pop()
  return lines
}

const sizeOf = ({ line }: Edit): number => line.length + 2
const sum = (edits: readonly Edit[]): number => edits.reduce((size, edit) => size + sizeOf(edit), 0)

/** Keeps only changed lines, up to half of the limit for each side. A side that needs less leaves the rest to the other. */
function cutEvenly(edits: readonly Edit[], limit: number): { readonly lines: readonly string[]; readonly cut: CutLines } {
  const removed = edits.filter(({ sign }) => sign === '-')
  const added = edits.filter(({ sign }) => sign === '+')
  const room = { '-': Math.max(limit / 2, limit - sum(added)), '+': Math.max(limit / 2, limit - sum(removed)) }
  const missing = { '-': 0, '+': 0 }
  const lines: string[] = []
  for (const edit of edits) {
    const { sign, line } = edit
    if (sign === ' ') continue
    room[sign] -= sizeOf(edit)
    if (room[sign] >= 0) lines.push(`${sign}${line}`)
    else missing[sign]++
  }
  return { lines, cut: { removed: missing['-'], added: missing['+'] } }
}

const rest = (lines: readonly string[]): number => Math.max(0, lines.length - MAX_LINES)

/** Shows the first lines of each side. */
function replaced(removed: readonly string[], added: readonly string[], limit: number): LineDiff {
  const { lines, cut } = cutEvenly([...all('-', removed.slice(0, MAX_LINES)), ...all('+', added.slice(0, MAX_LINES))], limit)
  return { text: lines.join('\n'), cut: { removed: cut.removed + rest(removed), added: cut.added + rest(added) } }
}

/**
 * Diffs two texts in unified format. Empty when they are equal. A diff longer than `limit` characters is cut evenly on both sides, so that
 * many removed lines cannot push added lines out of sight.
 */
export function lineDiff(before: readonly string[], after: readonly string[], limit = Number.POSITIVE_INFINITY): LineDiff {
  const { head, tail } = commonEnds(before, after)
  const [removed, added] = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)]
  if (rest(removed) + rest(added) > 0) return replaced(removed, added, limit)
  // Enough of the common lines for the context.
  const [above, below] = [before.slice(Math.max(0, head - CONTEXT), head), before.slice(before.length - tail).slice(0, CONTEXT)]
  const edits = [...all(' ', above), ...differing(removed, added), ...all(' ', below)]
  const whole = nearChanges(edits).join('\n')
  if (whole.length <= limit) return { text: whole, cut: { removed: 0, added: 0 } }
  const { lines, cut } = cutEvenly(edits, limit)
  return { text: lines.join('\n'), cut }
}
