/**
 * Searches a byte stream for patterns. Reports the spans that are known values, and how many of the last bytes may still become one
 * (`live`). It keeps a copy of only those bytes, at most MAX_PATTERN, so its memory is constant.
 *
 * Places are examined in order. A place that the available bytes do not decide is examined again with the next bytes, so the result does
 * not depend on how the stream was cut. Each place costs at most the length of a pattern, whatever the text and however many patterns share
 * a beginning.
 */
import { MAX_PATTERN, MIN_PATTERN, type Pattern, type StrongValue } from './pattern.ts'
import type { Look } from './pattern-group.ts'
import type { PatternTable } from './pattern-table.ts'

/** A remainder of this many bytes of a value cannot be guessed. */
const BEYOND_GUESSING = 24

/** A known value in positions [from, to). Values that overlap or touch form one span. */
export type Span = { from: number; to: number; readonly values: StrongValue[] }

/** Whether a value is hidden where a pattern of it begins, at a position of the text. */
export type Hides = (value: StrongValue, pattern: Pattern, at: number) => boolean

const nothing: Buffer = Buffer.alloc(0)

export class Matcher {
  /** Known values in order. The consumer removes them. */
  readonly spans: Span[] = []
  /** Bytes read since the last reset. */
  position = 0
  readonly #patterns: PatternTable
  readonly #hides: Hides | undefined
  readonly #look: Look = { found: undefined, goesOn: false }
  /** The last bytes, from the first undecided place on. */
  #undecided = nothing
  /** For the undecided bytes, which are fewer than a pattern has, and as many of the next. */
  #joined: Buffer | undefined

  /** Without `hides`, every value is hidden. */
  constructor(patterns: PatternTable, hides?: Hides) {
    this.#patterns = patterns
    this.#hides = hides
  }

  reset(): void {
    this.position = 0
    if (this.#undecided.length > 0) this.#undecided = nothing
    if (this.spans.length > 0) this.spans.length = 0
  }

  /** How many of the last bytes may be part of a value. */
  get live(): number {
    return this.#undecided.length
  }

  /** The last bytes, from the first place on that may be part of a value. */
  get undecided(): Buffer {
    return this.#undecided
  }

  /** Reads bytes[from, to). */
  read(bytes: Buffer, from: number, to: number): void {
    if (from >= to) return
    const start = this.position
    this.position += to - from
    if (this.#undecided.length > 0 && !this.#goOn(bytes, from, to)) return
    const at = this.#scan(bytes, { at: from, stop: to, to, base: start - from })
    if (at < to) this.#undecided = Buffer.from(bytes.subarray(at, to))
  }

  /**
   * The text has ended: undecided places are decided from the available bytes.
   * @param cut the text may have been cut off on purpose: the end is also hidden if it reveals too much of a value
   */
  finish(cut = false): void {
    const bytes = this.#undecided
    if (bytes.length === 0) return
    const base = this.position - bytes.length
    const telling = cut ? this.#tellingFrom() : -1
    for (let at = 0; at + MIN_PATTERN <= bytes.length; at++) {
      this.#patterns.look(bytes, { at, to: bytes.length }, this.#look)
      this.#found(base + at)
    }
    if (telling >= 0) this.#add({ from: base + telling, to: this.position, values: [] })
    this.#undecided = nothing
  }

  /**
   * Whether the text ends in so much of a value that it must not be shown, although it may never become the whole value. A shorter
   * beginning is shown: hiding it would give an attacker who prints guesses an oracle for each next letter. Only a client that already
   * knows half of a value, or all but 24 bytes of a long one, gets an answer.
   */
  get revealsTooMuch(): boolean {
    return this.#tellingFrom() >= 0
  }

  #tellingFrom(): number {
    const { length } = this.#undecided
    for (let at = 0; at + MIN_PATTERN <= length; at++) {
      const needed = this.#patterns.nearestEnd(this.#undecided, at, length)
      if (needed > 0 && needed - (length - at) <= Math.min(needed / 2, BEYOND_GUESSING)) return at
    }
    return -1
  }

  /** Decides the undecided places with the next bytes. Returns false if there are too few bytes for that. */
  #goOn(bytes: Buffer, from: number, to: number): boolean {
    const before = this.#undecided
    const taken = Math.min(to - from, MAX_PATTERN)
    // Nearly every piece of a stream ends in bytes that begin some value, so this is done without new memory.
    const joined = (this.#joined ??= Buffer.allocUnsafeSlow(2 * MAX_PATTERN))
    const end = before.copy(joined) + bytes.copy(joined, before.length, from, from + taken)
    const base = this.position - (to - from) - before.length
    const at = this.#scan(joined, { at: 0, stop: before.length, to: end, base })
    this.#undecided = at < before.length ? Buffer.from(joined.subarray(at, end)) : nothing
    return at >= before.length
  }

  /** Examines places from `at` up to `stop`. Returns the first that is undecided. */
  #scan(
    bytes: Buffer,
    { at: from, stop, to, base }: { readonly at: number; readonly stop: number; readonly to: number; readonly base: number },
  ): number {
    const { filter } = this.#patterns
    // Places up to the last full window can be checked in the bitmaps.
    const last = Math.min(stop - 1, to - filter.window)
    let at = from
    if (at <= last) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      for (at = filter.skip(view, at, last); at <= last; at = filter.skip(view, at + 1, last)) {
        this.#patterns.look(bytes, { at, to }, this.#look)
        if (this.#look.goesOn) return at
        if (this.#look.found !== undefined) this.#found(base + at)
      }
      at = last + 1
    }
    for (; at < stop; at++) {
      if (!filter.mayBegin(bytes, at, to)) continue
      if (to - at < MIN_PATTERN) return at
      this.#patterns.look(bytes, { at, to }, this.#look)
      if (this.#look.goesOn) return at
      if (this.#look.found !== undefined) this.#found(base + at)
    }
    return at
  }

  /** Adds what the last look found, if anything. The longest pattern of a hidden value counts. */
  #found(from: number): void {
    for (let pattern = this.#look.found; pattern !== undefined; pattern = pattern.longestPrefix) {
      const values = this.#hidden(pattern, from)
      if (values.length === 0) continue
      this.#add({ from, to: from + pattern.text.length, values })
      return
    }
  }

  #hidden(pattern: Pattern, at: number): StrongValue[] {
    const values: StrongValue[] = []
    for (const value of pattern.values()) if (this.#hides === undefined || this.#hides(value, pattern, at)) values.push(value)
    return values
  }

  /** Spans arrive in the order of their beginnings, except for a telling end. */
  #add(span: Span): void {
    const { spans } = this
    let joined = span
    for (let before = spans.at(-1); before !== undefined && before.to >= joined.from; before = spans.at(-1)) {
      spans.pop()
      const values = before.values.concat(joined.values.filter((value) => !before.values.includes(value)))
      joined = { from: Math.min(before.from, joined.from), to: Math.max(before.to, joined.to), values }
    }
    spans.push(joined)
  }
}
