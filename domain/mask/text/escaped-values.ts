/**
 * Searches text for known values that terminal escapes take apart: `ESC [31m` `correct ho` `ESC [0m` `rse`. It reads what is left
 * without the escapes, beside the search of the text as it is, from the first escape of a text on. So whatever
 * the text means to a terminal, what is hidden without it stays hidden. The escapes themselves are never part of a span.
 */
import { Matcher, type Span } from '../match/matcher.ts'
import { endOfEscape, ESC, NO_ESCAPE, UNFINISHED } from './terminal-escapes.ts'

/** Of a value with more escapes in it than this the rest is not looked for, so that not more is held back. */
const MAX_HELD_ESCAPES = 8192
const nothing: Buffer = Buffer.alloc(0)

/** An escape at [from, to) of the text; without escapes it would stand at `at`. */
type Escape = { readonly from: number; readonly to: number; readonly at: number }

export class EscapedValues {
  /** Values as spans of the text, in order. Whoever writes takes them off. */
  readonly spans: Span[] = []
  readonly #matcher: () => Matcher
  /** Absent: no escape has come. */
  #plain: Matcher | undefined
  /** Bytes of the text up to here. */
  #position = 0
  /** Add it to a position without escapes to get that in the text, before the first of #escapes. */
  #shift = 0
  #escapes: Escape[] = []
  /** An escape that is not complete yet. */
  #pending = nothing

  /** @param matcher makes a search for the known values */
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

  /** Whether what is not decided tells so much of a value that it must not be shown. */
  get telling(): boolean {
    return this.#plain?.telling === true
  }

  /** How many of the last bytes are not decided. */
  get live(): number {
    const live = this.#plain?.live ?? 0
    return Math.max(this.#pending.length, live === 0 ? 0 : this.#position - this.#inText(this.#plainPosition - live))
  }

  /** Begins where an escape begins: at a position of the text, of which `undecided` are the last bytes. */
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

  /** The text ends here; see Matcher.finish. What of an escape is there counts as one. */
  finish(cut = false): void {
    this.#plain?.finish(cut)
    this.#take()
    this.#rest()
  }

  /** Where the escapes end that follow a position, one behind the other; the position itself when none does. */
  endOfEscapes(position: number): number {
    let end = position
    for (let index = this.#firstEndingBehind(position); index < this.#escapes.length && (this.#escapes[index] as Escape).from <= end; index++)
      end = (this.#escapes[index] as Escape).to
    return end
  }

  /** Everything before a position is written. */
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

  /** The bytes without escapes, and where the last one begins if it is not complete; `base` is the position of the first. */
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

  /** How many bytes of escapes stand in what is not decided. */
  #escapedBytes(): number {
    const live = this.#plain?.live ?? 0
    return live === 0 ? 0 : this.#position - this.#pending.length - this.#inText(this.#plainPosition - live) - live
  }

  /** Moves spans from the search into the text; an escape takes a span apart. */
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

  /** Where in the text the byte is that stands at a position without escapes. */
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

  /** The index of the first escape that fulfils what all behind it do. */
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
