type Edit = { readonly sign: ' ' | '-' | '+'; readonly line: string }

/** Most cells of the table that finds the difference: 8 MB. Beyond it a diff helps nobody, and all is shown as replaced. */
const MOST_CELLS = 4_000_000
const CONTEXT = 3

const all = (sign: Edit['sign'], lines: readonly string[]): Edit[] => lines.map((line) => ({ sign, line }))

type Table = { readonly at: (i: number, j: number) => number }

/** at(i, j): longest common subsequence of `before` from i on and `after` from j on; below 65536 by the bound on cells. */
function commonLines(before: readonly string[], after: readonly string[]): Table {
  const width = after.length + 1
  const common = new Uint16Array((before.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] as number
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      common[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  return { at }
}

function differing(before: readonly string[], after: readonly string[]): Edit[] {
  if ((before.length + 1) * (after.length + 1) > MOST_CELLS) return [...all('-', before), ...all('+', after)]
  const { at } = commonLines(before, after)
  const edits: Edit[] = []
  let [i, j] = [0, 0]
  const dropFirst = (left: string | undefined, right: string | undefined): boolean =>
    left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))
  while (i < before.length || j < after.length) {
    const [left, right] = [before[i], after[j]]
    if (left !== undefined && left === right) {
      edits.push({ sign: ' ', line: left })
      i++
      j++
    } else if (dropFirst(left, right)) {
      edits.push({ sign: '-', line: left as string })
      i++
    } else {
      edits.push({ sign: '+', line: right as string })
      j++
    }
  }
  return edits
}

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

/** The difference of two texts in the unified form, three lines around each change; empty when nothing differs. */
export function lineDiff(before: readonly string[], after: readonly string[]): string {
  const edits = editsOf(before, after)
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
  return lines.join('\n')
}
