/**
 * The patterns as one Aho-Corasick automaton in flat arrays, about 10 bytes a state (a table of 256 successors a state would be
 * 1 KiB). Patterns are inserted sorted, so states are numbered in depth-first order: a state's first child is the next state. Only
 * further children need the hash of edges.
 */
import { commonPrefix, headsOf, type Heads } from './heads.ts'
import { leapOver, type Leaps } from './leaps.ts'

export const SHORTEST = 8
const nothing: Buffer = Buffer.alloc(0)
/** In `first`: the bits that hold the byte of the first child; all of them set: there is none. */
export const CHILD = 0x1ff
/** More children are in the edge hash. */
const BRANCHES = 0x8000
/** A pattern ends here. */
export const ENDS = 0x4000

/** Children but the first, by state and byte in one number, in an open hash table that is at most half full. */
type Edges = { readonly shift: number; readonly key: Int32Array; readonly to: Int32Array }

export type Automaton = {
  readonly states: number
  readonly patterns: number
  /** Per state: byte of the first child (state + 1) or CHILD, and the flags above. */
  readonly first: Uint16Array
  readonly fail: Int32Array
  readonly depth: Uint16Array
  /** Length of the longest pattern, or head of one, that ends here; 0 for none. */
  readonly ends: Uint16Array
  /** What follows the heads that end here. */
  readonly rests: Map<number, readonly Buffer[]>
  readonly root: Int32Array
  readonly edges: Edges
  readonly leaps: Leaps
}

/**
 * Builds in steps of about a millisecond, so that whoever drives it may do something else in between. Patterns are distinct, 8 to
 * 65 535 bytes; anything else, or more than 16 million states, is a RangeError.
 */
export function* buildAutomaton(patterns: readonly Buffer[]): Generator<void, Automaton> {
  const found = yield* headsOf(yield* sort(patterns))
  const sorted = found.heads
  const states = yield* countStates(sorted)
  if (states > MOST_STATES) throw new RangeError(`too many known values: ${sorted.length} forms`)
  const first = new Uint16Array(states).fill(CHILD)
  const automaton = {
    states,
    patterns: sorted.length,
    first,
    fail: new Int32Array(states),
    depth: new Uint16Array(states),
    ends: new Uint16Array(states),
    rests: new Map<number, readonly Buffer[]>(),
    root: new Int32Array(256),
    edges: emptyEdges(sorted.length),
    leaps: yield* leapOver(sorted),
  }
  const way = { parent: new Int32Array(states), label: new Uint8Array(states) }
  yield* insert(automaton, found, way)
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
/** A state and a byte make one number of 32 bits. Reached with some 16 000 values of any length. */
const MOST_STATES = 1 << 24

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

function* insert(automaton: Automaton, { heads: sorted, rests }: Heads, { parent, label }: Way): Generator<void, void> {
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
        addEdge(edges, (state << 8) | byte, child)
      }
      parent[child] = state
      label[child] = byte
      depth[child] = at + 1
      path[at + 1] = child
      state = child
    }
    const end = path[pattern.length] as number
    ends[end] = pattern.length
    const after = rests.get(index)
    if (after !== undefined) automaton.rests.set(end, after)
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
    if ((child & CHILD) === byte) return at + 1
    if ((child & BRANCHES) !== 0) {
      const to = edge(automaton.edges, (at << 8) | byte)
      if (to !== 0) return to
    }
  }
  return root[byte] as number
}

/** Failure links level by level, as Aho and Corasick (1975) do; a pattern that ends on the way ends here too. */
function* link(automaton: Automaton, { parent, label }: Way): Generator<void, void> {
  const { states, first, depth, fail, ends, rests } = automaton
  const order = byDepth(depth, states)
  yield
  for (const [index, state] of order.entries()) {
    if (index % STEP === 0) yield
    const above = parent[state] as number
    if (above === 0) continue
    const target = step(automaton, fail[above] as number, label[state] as number)
    fail[state] = target
    if (ends[target] === 0) continue
    if ((ends[target] as number) > (ends[state] as number)) ends[state] = ends[target] as number
    const further = rests.get(target)
    if (further !== undefined) rests.set(state, [...(rests.get(state) ?? []), ...further])
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

function emptyEdges(count: number): Edges {
  let bits = 4
  while (1 << bits < count * 2) bits++
  return { shift: 32 - bits, key: new Int32Array(1 << bits), to: new Int32Array(1 << bits) }
}

function addEdge({ shift, key: keys, to }: Edges, key: number, child: number): void {
  let at = Math.imul(key, 0x9e3779b1) >>> shift
  while (to[at] !== 0) at = (at + 1) & (to.length - 1)
  keys[at] = key
  to[at] = child
}

function edge({ shift, key: keys, to }: Edges, key: number): number {
  for (let at = Math.imul(key, 0x9e3779b1) >>> shift; to[at] !== 0; at = (at + 1) & (to.length - 1)) if (keys[at] === key) return to[at] as number
  return 0
}
