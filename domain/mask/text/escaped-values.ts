/**
 * Searches text for known values that terminal escapes split: `ESC [31m` `correct ho` `ESC [0m` `rse`. It reads the text without escapes,
 * in addition to the search of the original text, from the first escape on. So whatever the text means to a terminal, values hidden in the
 * original text stay hidden. The escapes themselves are never part of a span.
 */
import { Matcher, type Span } from '../match/matcher.ts'
import { endOfEscape, ESC, NO_ESCAPE, UNFINISHED } from './terminal-escapes.ts'

/** The search for a value stops when more bytes of escapes than this are inside it, to limit how much is held back. */
const MAX_HELD_ESCAPES = 8192
const nothing: Buffer = Buffer.alloc(0)

/** An escape at [from, to) of the text. Without escapes it would be at `at`. */
type Escape = { readonly from: number; readonly to: number; readonly at: number }

export class EscapedValues {
  /** Values as spans of the text, in order. The consumer removes them. */
  readonly spans: Span[] = []
  readonly #matcher: () => Matcher
  /** Undefined until the first escape. */
  #plain: Matcher | undefined
  /** Bytes of the text read so far. */
  #position = 0
  /** Added to a position without escapes to get the position in the text, before the first of #escapes. */
  #shift = 0
  #escapes: Escape[] = []
  /** An incomplete escape. */
  #pending = nothing

  /** @param matcher creates a matcher for the known values */
  constructor(matcher: () => Matcher) {
    this.#matcher = matcher
  }

  reset(): void {
    this.spans.length = 0
    this.#escapes = []
    this.#rest()
  }

  get searching(): boolean {
    return this.#plain !== undefined
  }

  /** Whether the undecided bytes reveal so much of a value that they must not be shown. */
  get revealsTooMuch(): boolean {
    return this.#plain?.revealsTooMuch === true
  }

  /** How many of the last bytes are undecided. */
  get live(): number {
    const live = this.#plain?.live ?? 0
    return Math.max(this.#pending.length, live === 0 ? 0 : this.#position - this.#inText(this.#plainPosition - live))
  }

  /** Begins at the first byte of an escape. `undecided` are the bytes of the text before that position that are not decided. */
  begin(position: number, undecided: Buffer): void {
    this.#plain = this.#matcher()
    this.#plain.read(undecided, 0, undecided.length)
    this.#position = position
    this.#shift = position - undecided.length
  }

  /** Reads the next bytes of the text. */
  read(bytes: Buffer): void {
    const base = this.#position - this.#pending.length
    const joined = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    const { plain, end } = this.#withoutEscapes(joined, base)
    this.#position += bytes.length
    this.#pending = end < joined.length ? Buffer.from(joined.subarray(end)) : nothing
    this.#plain?.read(plain, 0, plain.length)
    this.#take()
    if (this.#escapedBytes() > MAX_HELD_ESCAPES) this.finish()
  }

  /** The text ends here; see Matcher.finish. An incomplete escape counts as one. */
  finish(cut = false): void {
    this.#plain?.finish(cut)
    this.#take()
    this.#rest()
  }

  /** The end of the consecutive escapes that follow a position; the position itself if there are none. */
  endOfEscapes(position: number): number {
    let end = position
    for (let index = this.#firstEndingBehind(position); index < this.#escapes.length && (this.#escapes[index] as Escape).from <= end; index++)
      end = (this.#escapes[index] as Escape).to
    return end
  }

  /** Forgets escapes before a position that is already written. */
  forget(position: number): void {
    const count = this.#firstEndingBehind(position)
    if (count === 0) return
    const { to, at } = this.#escapes[count - 1] as Escape
    this.#shift = to - at
    this.#escapes.splice(0, count)
  }

  get #plainPosition(): number {
    return this.#plain?.position ?? 0
  }

  #rest(): void {
    this.#plain = undefined
    this.#pending = nothing
  }

  /** Removes the escapes from bytes. `end` is where the last escape begins if it is incomplete; `base` is the position of the first byte. */
  #withoutEscapes(bytes: Buffer, base: number): { plain: Buffer; end: number } {
    const pieces: Buffer[] = []
    let at = this.#plainPosition
    let from = 0
    let escape = bytes.indexOf(ESC)
    while (escape >= 0) {
      const end = endOfEscape(bytes, escape)
      if (end === NO_ESCAPE) {
        escape = bytes.indexOf(ESC, escape + 1)
        continue
      }
      pieces.push(bytes.subarray(from, escape))
      at += escape - from
      if (end === UNFINISHED) return { plain: Buffer.concat(pieces), end: escape }
      this.#escapes.push({ from: base + escape, to: base + end, at })
      from = end
      escape = bytes.indexOf(ESC, end)
    }
    pieces.push(bytes.subarray(from))
    return { plain: pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces), end: bytes.length }
  }

  /** The number of bytes of escapes in the undecided part. */
  #escapedBytes(): number {
    const live = this.#plain?.live ?? 0
    return live === 0 ? 0 : this.#position - this.#pending.length - this.#inText(this.#plainPosition - live) - live
  }

  /** Maps spans from the search to the text. An escape splits a span. */
  #take(): void {
    for (const { from, to, values } of this.#plain?.spans.splice(0) ?? []) {
      let begin = this.#inText(from)
      for (let index = this.#firstAtOrBehind(from + 1); index < this.#escapes.length; index++) {
        const escape = this.#escapes[index] as Escape
        if (escape.at >= to) break
        if (escape.from > begin) this.spans.push({ from: begin, to: escape.from, values: [...values] })
        begin = escape.to
      }
      this.spans.push({ from: begin, to: this.#inText(to - 1) + 1, values: [...values] })
    }
  }

  /** The position in the text of a byte at a position without escapes. */
  #inText(plain: number): number {
    const index = this.#firstAtOrBehind(plain + 1) - 1
    if (index < 0) return plain + this.#shift
    const { to, at } = this.#escapes[index] as Escape
    return plain - at + to
  }

  #firstAtOrBehind(plain: number): number {
    return this.#first((escape) => escape.at >= plain)
  }

  #firstEndingBehind(position: number): number {
    return this.#first((escape) => escape.to > position)
  }

  /** Binary search: the index of the first escape that satisfies a condition that all later ones satisfy too. */
  #first(fulfils: (escape: Escape) => boolean): number {
    let low = 0
    let high = this.#escapes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (fulfils(this.#escapes[middle] as Escape)) high = middle
      else low = middle + 1
    }
    return low
  }
}
