/**
 * All patterns, by a hash of their first 8 bytes. The table changes in place: a pattern is found from the moment it is added, and no other
 * pattern is touched. So the cost of a new Secret depends only on its content, not on the number of other Secrets.
 */
import { BlockFilter } from './block-filter.ts'
import { MIN_PATTERN, Pattern, type StrongValue } from './pattern.ts'
import { lookAtOne, nearestEnd, PatternGroup, type Look, type Stretch } from './pattern-group.ts'

/** Nearly always one pattern. It is then stored without a group, which takes a third of the memory. */
type Entry = Pattern | PatternGroup
type Shard = Map<number, Entry>

/** The table is split into small parts, so that growing one blocks no other work for long. */
const SHARDS = 256
const MIN_CAPACITY = 1024
/** Patterns added to a new filter in one step. */
const STEP = 4096

export class PatternTable {
  readonly #shards: Shard[] = []
  #filter = new BlockFilter(MIN_CAPACITY)
  /** The filter that is being built. It also receives patterns that are added meanwhile. */
  #next: BlockFilter | undefined
  #size = 0
  /** Patterns removed since the filter was built. */
  #stale = 0

  get size(): number {
    return this.#size
  }

  get filter(): BlockFilter {
    return this.#filter
  }

  /** @throws RangeError if the text is shorter than 8 bytes */
  add(text: string, value: StrongValue): void {
    if (text.length < MIN_PATTERN) throw new RangeError('pattern length')
    const hash = hashOf(text)
    const shard = this.#shardOf(hash)
    const entry = shard.get(hash)
    const known = find(entry, text)
    if (known !== undefined) return known.addValue(value)
    const pattern = new Pattern(text, value)
    if (entry === undefined) shard.set(hash, pattern)
    else {
      const group = entry instanceof Pattern ? new PatternGroup(entry) : entry
      group.add(pattern)
      if (group !== entry) shard.set(hash, group)
    }
    this.#size++
    this.#filter.add(text)
    this.#next?.add(text)
  }

  remove(text: string, value: StrongValue): void {
    const hash = hashOf(text)
    const shard = this.#shardOf(hash)
    const entry = shard.get(hash)
    const pattern = find(entry, text)
    if (pattern === undefined || pattern.dropValue(value)) return
    if (entry instanceof PatternGroup) entry.drop(pattern)
    if (!(entry instanceof PatternGroup) || entry.size === 0) shard.delete(hash)
    this.#size--
    this.#stale++
  }

  #shardOf(hash: number): Shard {
    const at = hash & (SHARDS - 1)
    return (this.#shards[at] ??= new Map())
  }

  /** Finds the pattern that bytes[at, to) begin with. The range must have at least 8 bytes. */
  look(bytes: Uint8Array, { at, to }: Stretch, look: Look): void {
    const hash = hashAt(bytes, at)
    const entry = this.#shardOf(hash).get(hash)
    if (entry instanceof Pattern) lookAtOne(entry, { bytes, at, to }, look)
    else if (entry !== undefined) entry.look(bytes, { at, to }, look)
    else {
      look.found = undefined
      look.goesOn = false
    }
  }

  /** The length of the shortest pattern that continues bytes[at, to), which must have at least 8 bytes; 0 if there is none. */
  nearestEnd(bytes: Uint8Array, at: number, to: number): number {
    const hash = hashAt(bytes, at)
    const entry = this.#shardOf(hash).get(hash)
    if (entry === undefined) return 0
    const beginning = Buffer.from(bytes.buffer, bytes.byteOffset + at, to - at).toString('latin1')
    return entry instanceof Pattern ? nearestEnd(entry, beginning) : entry.nearestEnd(beginning)
  }

  /** Whether the filter has become too small or too stale to be fast. */
  get wantsFilter(): boolean {
    return this.#next === undefined && (this.#size > 2 * this.#filter.capacity || this.#stale > Math.max(MIN_CAPACITY, this.#size))
  }

  /** Rebuilds the filter in steps of about a millisecond. Searches use the old one meanwhile. */
  *renewFilter(): Generator<void, void> {
    const next = (this.#next = new BlockFilter(Math.max(MIN_CAPACITY, this.#size)))
    const stale = this.#stale
    let pause = STEP
    for (const shard of this.#shards.filter((each) => each !== undefined)) {
      for (const entry of Array.from(shard.values())) {
        for (const { text } of patternsOf(entry)) {
          next.add(text)
          if (--pause > 0) continue
          pause = STEP
          yield
        }
      }
    }
    this.#filter = next
    this.#next = undefined
    this.#stale -= stale
  }
}

function find(entry: Entry | undefined, text: string): Pattern | undefined {
  if (entry instanceof PatternGroup) return entry.find(text)
  return entry?.text === text ? entry : undefined
}

/** A copy, because patterns are added and removed between the steps of the caller. */
function patternsOf(entry: Entry): readonly Pattern[] {
  return entry instanceof PatternGroup ? [...entry] : [entry]
}

/** 30 bits: a small integer, which a Map hashes fast. */
function mix(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)
  return (Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 2) & 0x3fffffff
}

function hashOf(text: string): number {
  return mix(wordOf(text, 0), wordOf(text, 4))
}

function wordOf(text: string, at: number): number {
  return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8) | (text.charCodeAt(at + 2) << 16) | (text.charCodeAt(at + 3) << 24)
}

function hashAt(bytes: Uint8Array, at: number): number {
  return mix(wordAt(bytes, at), wordAt(bytes, at + 4))
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
}
