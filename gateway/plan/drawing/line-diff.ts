import { diffArrays } from 'diff'

type Edit = { readonly sign: ' ' | '-' | '+'; readonly line: string }
/** Lines of each side that are not in the text. */
export type CutLines = { readonly removed: number; readonly added: number }
export type LineDiff = { readonly text: string; readonly cut: CutLines }

/** Beyond these a diff helps nobody, and all is shown as replaced. The time of the algorithm grows with the square of the edits. */
const MAX_EDITS = 2_000
const MAX_MS = 500
const CONTEXT = 3

const all = (sign: Edit['sign'], lines: readonly string[]): readonly Edit[] => lines.map((line) => ({ sign, line }))

function differing(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const changes = diffArrays([...before], [...after], { maxEditLength: MAX_EDITS, timeout: MAX_MS })
  if (changes === undefined) return [...all('-', before), ...all('+', after)]
  return changes.flatMap(({ removed, added, value }) => all(removed ? '-' : added ? '+' : ' ', value))
}

/** What both begin and end with is the same, however much differs between. */
function editsOf(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  return [
    ...all(' ', before.slice(0, head)),
    ...differing(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...all(' ', before.slice(before.length - tail)),
  ]
}

/** Three lines around each change, and a mark for what lies between. */
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

/** Changed lines alone, as many of each side as have room: a side that needs less than half of it leaves the rest to the other. */
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

/**
 * The difference of two texts in the unified form; empty when nothing differs. What is longer than `limit` is cut on both sides evenly,
 * so that nobody pushes what is added out of sight by what is removed.
 */
export function lineDiff(before: readonly string[], after: readonly string[], limit = Number.POSITIVE_INFINITY): LineDiff {
  const edits = editsOf(before, after)
  const whole = nearChanges(edits).join('\n')
  if (whole.length <= limit) return { text: whole, cut: { removed: 0, added: 0 } }
  const { lines, cut } = cutEvenly(edits, limit)
  return { text: lines.join('\n'), cut }
}
