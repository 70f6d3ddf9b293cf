/**
 * Replaces known values and well-known tokens in one run of text and holds back exactly the bytes that may still become one. The text may come partly
 * as escapes whose bytes on the wire (raw) differ from what they mean: known values are found in the meaning, and what is left
 * alone leaves as it came.
 */
import type { Automaton } from '../match/automaton.ts'
import { leap } from '../match/leaps.ts'
import { MASK_TEXT } from '../secret/mask-text.ts'
import { Matcher } from '../match/matcher.ts'
import type { Output } from '../json/output.ts'
import { leapToRun } from '../tokens/token-leap.ts'
import { TokenScanner } from '../tokens/token-scanner.ts'
import { SHORTEST_TOKEN } from '../tokens/token-table.ts'
import { meaningOf } from '../json/whole-escapes.ts'

const mask = Buffer.from(MASK_TEXT)
const nothing: Buffer = Buffer.alloc(0)
/** At the end of a stream a telling beginning this long is masked: the rest may have been cut off on purpose. */
const TELLING_PREFIX = 8
/** What a pause may release: a few keys typed in a terminal, never enough of a value to be of use. */
const RELEASABLE = 4
/** How far beyond a short string to look, so that one leap serves its neighbours too. */
const AHEAD = 256
const FAR = 4096

/** bytes[from, to), of which the first is the one at position `at` of the run. */
type Piece = { readonly bytes: Buffer; readonly from: number; readonly to: number; readonly at: number }

export class ValueFilter {
  readonly #automaton: Automaton
  readonly #matcher: Matcher
  readonly #tokens: TokenScanner | undefined
  readonly #out: Output
  /** Raw bytes of the meaning from the cursor to the matcher's position; #widths has the raw width of each byte of meaning. */
  #held = nothing
  #widths: number[] | undefined
  /** Everything before it is written or masked. */
  #cursor = 0
  #maskedTo = 0
  #chunk = nothing
  #view: DataView = new DataView(new ArrayBuffer(0))
  /** In the chunk, no known value begins in [clearFrom, clearTo). */
  #clearFrom = 0
  #clearTo = 0

  /** In the chunk, no token lies in what ends before #quietTo and begins behind #quietFrom. */
  #quietFrom = 0
  #quietTo = 0

  /** `tokens`: whether well-known tokens are masked too. */
  constructor(automaton: Automaton, out: Output, tokens = true) {
    this.#automaton = automaton
    this.#matcher = new Matcher(automaton)
    this.#tokens = tokens ? new TokenScanner() : undefined
    this.#out = out
  }

  begin(): void {
    this.#matcher.reset()
    this.#tokens?.reset()
    this.#held = nothing
    this.#widths = undefined
    this.#cursor = 0
    this.#maskedTo = 0
  }

  /** Says what `clean` is asked about; what it knew of another chunk, or of the same memory filled anew, is forgotten. */
  look(chunk: Buffer): void {
    this.#chunk = chunk
    this.#view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    this.#clearFrom = 0
    this.#clearTo = 0
    this.#quietFrom = 0
    this.#quietTo = 0
  }

  /** Whether chunk[from, to), whole between two quotes, holds nothing to mask. Ends any run in progress. */
  clean(from: number, to: number): boolean {
    return (to - from < SHORTEST_TOKEN || this.#quiet(from, to, AHEAD) >= to) && this.#known(from, to)
  }

  /** Whether the chunk, a whole text, surely holds nothing to mask and does not end in the beginning of something. Ends any run in progress. */
  holdsNothing(): boolean {
    const { length } = this.#chunk
    const { window } = this.#automaton.leaps
    if (leap(this.#automaton.leaps, this.#view, { at: 0, stop: length - window }) <= length - window) return false
    if (length >= SHORTEST_TOKEN && this.#quiet(0, length, 0) < length) return false
    const from = Math.max(0, length - Math.max(window, SHORTEST_TOKEN))
    this.begin()
    this.#matcher.read(this.#chunk, from, length)
    this.#tokens?.read(this.#chunk, from, length)
    return this.#live() === 0
  }

  /** Up to where no token begins, from the beginning of a string on; looks beyond `to`, for its neighbours. */
  #quiet(from: number, to: number, ahead: number): number {
    if (this.#tokens === undefined) return Infinity
    if (from < this.#quietFrom || to > this.#quietTo) {
      this.#quietFrom = from
      const limit = Math.min(to + ahead, this.#chunk.length)
      this.#quietTo = leapToRun({ bytes: this.#chunk, from, to: limit, whole: limit === to }, nothing)
    }
    return this.#quietTo
  }

  #known(from: number, to: number): boolean {
    const { leaps } = this.#automaton
    const stop = to - leaps.window
    if (from > stop || (from >= this.#clearFrom && stop < this.#clearTo)) return true
    if (from < this.#clearFrom || from > this.#clearTo) {
      this.#clearFrom = from
      this.#clearTo = from
    }
    this.#clearTo = leap(leaps, this.#view, { at: this.#clearTo, stop: Math.min(stop + AHEAD, this.#chunk.length - leaps.window) })
    if (this.#clearTo > stop) return true
    this.#matcher.reset()
    this.#matcher.read(this.#chunk, from, to)
    return this.#matcher.spans.length === 0
  }

  /** Up to where in the chunk, from an offset on, no known value begins: what ends before that holds none. */
  clearUntil(at: number): number {
    if (at < this.#clearFrom || at >= this.#clearTo) {
      const { leaps } = this.#automaton
      this.#clearFrom = at
      this.#clearTo = leap(leaps, this.#view, { at, stop: Math.min(at + FAR, this.#chunk.length - leaps.window) })
    }
    const clear = this.#clearTo > this.#chunk.length - this.#automaton.leaps.window ? this.#chunk.length : this.#clearTo
    return Math.min(clear, this.#quiet(at, at + 1, AHEAD))
  }

  read(bytes: Buffer, from: number, to: number): void {
    const at = this.#matcher.position
    this.#matcher.read(bytes, from, to)
    this.#tokens?.read(bytes, from, to)
    this.#write({ bytes, from, to, at }, this.#matcher.position - this.#live())
  }

  readEscape(raw: Buffer, meaning: Buffer): void {
    const at = this.#matcher.position
    this.#matcher.read(meaning, 0, meaning.length)
    this.#tokens?.read(meaning, 0, meaning.length)
    if (this.#cursor === at && this.#nothingFound()) {
      this.#out.add(raw)
      this.#cursor = this.#matcher.position
      return
    }
    const widths = (this.#widths ??= Array.from({ length: this.#held.length }, () => 1))
    this.#held = Buffer.concat([this.#held, raw])
    for (let byte = 0; byte < meaning.length; byte++) widths.push(byte === 0 ? raw.length : 0)
    this.#write(this.#nothingNew(), this.#matcher.position - this.#live())
  }

  /** Reads bytes[from, to), which holds escapes; false, and nothing was read, when one of them is none. */
  readStretch(bytes: Buffer, from: number, to: number): boolean {
    const meaning = meaningOf(bytes, { from, to })
    if (meaning === undefined) return false
    const at = this.#matcher.position
    this.#matcher.read(meaning, 0, meaning.length)
    this.#tokens?.read(meaning, 0, meaning.length)
    if (this.#cursor === at && this.#nothingFound()) {
      this.#out.slice(bytes, from, to)
      this.#cursor = this.#matcher.position
      return true
    }
    this.#widths ??= Array.from({ length: this.#held.length }, () => 1)
    meaningOf(bytes, { from, to }, this.#widths)
    this.#held = Buffer.concat([this.#held, bytes.subarray(from, to)])
    this.#write(this.#nothingNew(), this.#matcher.position - this.#live())
    return true
  }

  /** Whether nothing of what was read is to be masked or may still be. */
  #nothingFound(): boolean {
    return this.#matcher.spans.length === 0 && (this.#tokens === undefined || this.#tokens.spans.length === 0) && this.#live() === 0
  }

  /** Writes the rest of a run that ended by itself. */
  end(): void {
    this.#tokens?.finish()
    this.#matcher.finish()
    this.#writeAll()
  }

  /** Writes the rest of a stream that may have been cut off anywhere. */
  endOfStream(): void {
    if (this.#matcher.live >= TELLING_PREFIX && this.#matcher.telling) this.#matcher.takeLive()
    this.#matcher.finish()
    this.#tokens?.takeLive()
    this.#writeAll()
  }

  /** Writes held bytes after a pause, when they are too few to tell anything. */
  release(): void {
    const known = this.#matcher.telling ? this.#matcher.live : 0
    if (Math.max(known, this.#tokens?.live ?? 0) < RELEASABLE) this.#writeAll()
  }

  #writeAll(): void {
    this.#write(this.#nothingNew(), this.#matcher.position)
  }

  /** How many of the last bytes may still become something to mask. */
  #live(): number {
    return Math.max(this.#matcher.live, this.#tokens?.live ?? 0)
  }

  #nothingNew(): Piece {
    return { bytes: nothing, from: 0, to: 0, at: this.#matcher.position }
  }

  /** Decides everything before `safe`; the piece follows the held bytes. */
  #write(piece: Piece, safe: number): void {
    if (this.#tokens !== undefined && this.#tokens.spans.length > 0) mergeSpans(this.#matcher.spans, this.#tokens.spans)
    const { spans } = this.#matcher
    let done = 0
    for (; done < spans.length && (spans[done] as number) <= safe; done += 2) {
      const start = spans[done] as number
      if (start >= this.#maskedTo) {
        this.#pass(piece, start)
        this.#out.add(mask)
      }
      this.#maskedTo = Math.max(this.#maskedTo, spans[done + 1] as number)
      this.#skip(piece, this.#maskedTo)
    }
    if (done > 0) spans.splice(0, done)
    this.#pass(piece, safe)
    const kept = piece.from + Math.max(0, this.#cursor - piece.at)
    if (kept < piece.to) this.#keep(piece.bytes.subarray(kept, piece.to))
  }

  /** Writes from the cursor up to a position. */
  #pass({ bytes, from, at }: Piece, to: number): void {
    if (to <= this.#cursor) return
    if (this.#cursor < at) this.#out.add(this.#take(Math.min(to, at) - this.#cursor))
    if (to > at) this.#out.slice(bytes, Math.max(this.#cursor, at) - at + from, to - at + from)
    this.#cursor = to
  }

  #skip({ at }: Piece, to: number): void {
    if (to <= this.#cursor) return
    if (this.#cursor < at) this.#take(Math.min(to, at) - this.#cursor)
    this.#cursor = to
  }

  /** Takes so many bytes of meaning off the front of what is held. */
  #take(count: number): Buffer {
    const width = this.#widths === undefined ? count : this.#widths.splice(0, count).reduce((sum, each) => sum + each, 0)
    const taken = this.#held.subarray(0, width)
    this.#held = this.#held.subarray(width)
    if (this.#held.length === 0) {
      this.#held = nothing
      this.#widths = undefined
    }
    return taken
  }

  /** A copy, so that a held byte does not keep a whole chunk alive. */
  #keep(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes])
    if (this.#widths !== undefined) for (let at = 0; at < bytes.length; at++) this.#widths.push(1)
  }
}

/** Moves pairs to others that are in order too; what overlaps becomes one. */
function mergeSpans(into: number[], from: number[]): void {
  const pairs: [number, number][] = []
  for (const list of [into.splice(0), from.splice(0)])
    for (let at = 0; at < list.length; at += 2) pairs.push([list[at] as number, list[at + 1] as number])
  for (const [start, end] of pairs.sort((a, b) => a[0] - b[0])) {
    if (into.length > 0 && start < (into.at(-1) as number)) into.push(Math.max(into.pop() as number, end))
    else into.push(start, end)
  }
}
