/**
 * The patterns as one Aho-Corasick automaton in flat arrays, about 10 bytes a state (a table of 256 successors a state would be
 * 1 KiB). Patterns are inserted sorted, so states are numbered in depth-first order: a state's first child is the next state. Only
 * further children need the hash of edges.
 */
import { leapOver, type Leaps } from './leaps.ts'

export const SHORTEST = 8
const nothing: Buffer = Buffer.alloc(0)
/** In `first`: no child; there are more children in the edge hash; a pattern ends here. */
const NO_CHILD = 0x1ff
const BRANCHES = 0x8000
export const ENDS = 0x4000

export type Automaton = {
  readonly states: number
  readonly patterns: number
  /** Per state: byte of the first child (state + 1) or NO_CHILD, and the flags above. */
  readonly first: Uint16Array
  readonly fail: Int32Array
  readonly depth: Uint16Array
  /** Length of the longest pattern that ends here, 0 for none. */
  readonly ends: Uint16Array
  readonly root: Int32Array
  readonly edges: { readonly mask: number; readonly key: Float64Array; readonly to: Int32Array }
  readonly leaps: Leaps
}

/**
 * Builds in steps of about a millisecond, so that whoever drives it may do something else in between. Patterns are distinct, 8 to
 * 65 535 bytes; anything else is the caller's mistake.
 */
export function* buildAutomaton(patterns: readonly Buffer[]): Generator<void, Automaton> {
  const sorted = yield* sort(patterns)
  const states = yield* countStates(sorted)
  const first = new Uint16Array(states).fill(NO_CHILD)
  const automaton = {
    states,
    patterns: sorted.length,
    first,
    fail: new Int32Array(states),
    depth: new Uint16Array(states),
    ends: new Uint16Array(states),
    root: new Int32Array(256),
    edges: emptyEdges(sorted.length),
    leaps: yield* leapOver(sorted),
  }
  const way = { parent: new Int32Array(states), label: new Uint8Array(states) }
  yield* insert(automaton, sorted, way)
  yield* link(automaton, way)
  return automaton
}

/** Goes through all steps at once. */
export function drain<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

type Way = { readonly parent: Int32Array; readonly label: Uint8Array }
const STEP = 8192

function* sort(patterns: readonly Buffer[]): Generator<void, Buffer[]> {
  const buckets = Array.from({ length: 256 }, (): Buffer[] => [])
  for (const pattern of patterns) {
    if (pattern.length < SHORTEST || pattern.length > 0xffff) throw new RangeError('pattern length')
    buckets[pattern[0] as number]?.push(pattern)
  }
  for (const bucket of buckets) {
    if (bucket.length > 1) bucket.sort(Buffer.compare)
    if (bucket.length > 64) yield
  }
  return buckets.flat()
}

function* countStates(sorted: readonly Buffer[]): Generator<void, number> {
  let states = 1
  for (const [index, pattern] of sorted.entries()) {
    states += pattern.length - commonPrefix(sorted[index - 1] ?? nothing, pattern)
    if (index % STEP === 0) yield
  }
  return states
}

function* insert(automaton: Automaton, sorted: readonly Buffer[], { parent, label }: Way): Generator<void, void> {
  const { first, depth, ends, root, edges } = automaton
  const path = [0]
  let last = 1
  let pause = STEP
  for (const [index, pattern] of sorted.entries()) {
    let at = commonPrefix(sorted[index - 1] ?? nothing, pattern)
    for (let state = path[at] as number; at < pattern.length; at++) {
      const byte = pattern[at] as number
      const child = last++
      if (state === 0) root[byte] = child
      else if (child === state + 1) first[state] = byte
      else {
        first[state] = (first[state] as number) | BRANCHES
        addEdge(edges, state * 256 + byte, child)
      }
      parent[child] = state
      label[child] = byte
      depth[child] = at + 1
      path[at + 1] = child
      state = child
    }
    ends[path[pattern.length] as number] = pattern.length
    if (last < pause) continue
    pause = last + STEP
    yield
  }
}

/** The state after a byte: the longest suffix of what was read that begins a pattern. */
export function step(automaton: Automaton, state: number, byte: number): number {
  const { first, fail, root } = automaton
  for (let at = state; at !== 0; at = fail[at] as number) {
    const child = first[at] as number
    if ((child & NO_CHILD) === byte) return at + 1
    if ((child & BRANCHES) !== 0) {
      const to = edge(automaton.edges, at * 256 + byte)
      if (to !== 0) return to
    }
  }
  return root[byte] as number
}

function commonPrefix(a: Buffer, b: Buffer): number {
  const limit = Math.min(a.length, b.length)
  let at = 0
  while (at < limit && a[at] === b[at]) at++
  return at
}

/** Failure links level by level, as Aho and Corasick (1975) do; a pattern that ends on the way ends here too. */
function* link(automaton: Automaton, { parent, label }: Way): Generator<void, void> {
  const { states, first, depth, fail, ends } = automaton
  const order = byDepth(depth, states)
  yield
  for (const [index, state] of order.entries()) {
    if (index % STEP === 0) yield
    const above = parent[state] as number
    if (above === 0) continue
    const target = step(automaton, fail[above] as number, label[state] as number)
    fail[state] = target
    if ((ends[target] as number) > (ends[state] as number)) ends[state] = ends[target] as number
  }
  for (let state = 1; state < states; state++) if (ends[state] !== 0) first[state] = (first[state] as number) | ENDS
}

function byDepth(depth: Uint16Array, states: number): Int32Array {
  const begins = new Int32Array(0x10001)
  for (let state = 1; state < states; state++) begins[(depth[state] as number) + 1]!++
  for (let level = 1; level < begins.length; level++) begins[level] = (begins[level] as number) + (begins[level - 1] as number)
  const order = new Int32Array(states - 1)
  for (let state = 1; state < states; state++) order[begins[depth[state] as number]!++] = state
  return order
}

function emptyEdges(count: number): { mask: number; key: Float64Array; to: Int32Array } {
  let size = 16
  while (size < count * 2) size *= 2
  return { mask: size - 1, key: new Float64Array(size), to: new Int32Array(size) }
}

function slot(key: number): number {
  const mixed = Math.imul(key | 0, 0x9e3779b1) ^ Math.imul(Math.floor(key / 0x100000000), 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}

function addEdge({ mask, key: keys, to }: { mask: number; key: Float64Array; to: Int32Array }, key: number, child: number): void {
  let at = slot(key) & mask
  while (to[at] !== 0) at = (at + 1) & mask
  keys[at] = key
  to[at] = child
}

function edge({ mask, key: keys, to }: Automaton['edges'], key: number): number {
  for (let at = slot(key) & mask; to[at] !== 0; at = (at + 1) & mask) if (keys[at] === key) return to[at] as number
  return 0
}
