/**
 * Long patterns are looked for by their heads: as much as tells them from all others, and 48 bytes more. What follows is compared
 * only when a head was found, and masked as far as it is the same. So a value of any length costs the automaton some dozens of
 * states a form; whole, a thousand values of 1 KiB would fill it. A head that stands alone is masked too: so much of a value is
 * a secret.
 */
const TELLING = 48
/** Less than this is not worth a comparison of its own. */
const SPARED = 32
/** Forms of one value that begin alike for so long share a head: base64 with and without padding, JSON escaped one way or another. */
const ALIKE = 256
/** Bounds what one head can lead to, since whoever may write Secrets chooses how they begin. */
const MOST_ALIKE = 8
const STEP = 4096
const nothing: Buffer = Buffer.alloc(0)

export type Heads = {
  /** Distinct, in the order of the patterns. */
  readonly heads: readonly Buffer[]
  /** What may follow a head, by its place in `heads`. */
  readonly rests: ReadonlyMap<number, readonly Buffer[]>
}

export function commonPrefix(a: Buffer, b: Buffer): number {
  const limit = Math.min(a.length, b.length)
  let at = 0
  while (at < limit && a[at] === b[at]) at++
  return at
}

type Run = {
  readonly patterns: readonly Buffer[]
  /** How far all of them are the same. */ readonly common: number
  /** And the next one. */ readonly after: number
}

function runFrom(sorted: readonly Buffer[], index: number): Run {
  let common = (sorted[index] as Buffer).length
  for (let end = index + 1; ; end++) {
    const after = commonPrefix(sorted[end - 1] as Buffer, sorted[end] ?? nothing)
    if (after < ALIKE || end - index === MOST_ALIKE) return { patterns: sorted.slice(index, end), common, after }
    common = Math.min(common, after)
  }
}

/** `sorted` are distinct patterns in the order of their bytes. */
export function* headsOf(sorted: readonly Buffer[]): Generator<void, Heads> {
  const heads: Buffer[] = []
  const rests = new Map<number, readonly Buffer[]>()
  let before = 0
  let pause = STEP
  for (let index = 0; index < sorted.length;) {
    const { patterns, common, after } = runFrom(sorted, index)
    const length = Math.max(before, after) + TELLING
    if (length + SPARED > common) heads.push(...patterns)
    else {
      rests.set(
        heads.length,
        patterns.map((pattern) => pattern.subarray(length)),
      )
      heads.push((patterns[0] as Buffer).subarray(0, length))
    }
    before = after
    index += patterns.length
    if (index < pause) continue
    pause = index + STEP
    yield
  }
  return { heads, rests }
}
