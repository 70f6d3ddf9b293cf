/**
 * Replaces known values and well-known tokens in one run of text, and holds back exactly the bytes that may still become one. Parts of the
 * text may arrive as escapes whose wire bytes (raw) differ from their meaning. Known values are found in the decoded text; text that is not
 * masked is written in its original form.
 */
import type { FilterOptions } from '../masker-options.ts'
import { meaningOf } from '../json/strings/whole-escapes.ts'
import type { Output } from '../json/output.ts'
import { CredentialScanner } from '../credentials/credential-scanner.ts'
import { Matcher, type Span } from '../match/matcher.ts'
import { skipToRun } from '../tokens/token-skip.ts'
import { TokenScanner } from '../tokens/token-scanner.ts'
import { SHORTEST_TOKEN } from '../tokens/token-table.ts'
import { EscapedValues } from './escaped-values.ts'
import { HeldBytes } from './held-bytes.ts'
import { hidesOf } from './hides.ts'
import { noPiece, within, type TextPiece } from './piece.ts'
import { Replacement } from './replacement.ts'
import { takeSpans, type HiddenSpan } from './hidden-spans.ts'
import { ESC } from './terminal-escapes.ts'

/** Bytes that a pause may release: a few keys typed in a terminal, never enough of a value to be useful. */
const RELEASABLE = 4
/** A stem, the separator before its value, and one character: `pin=1`. */
const SHORTEST_NAMED = 5
const nothing: Buffer = Buffer.alloc(0)

export class ValueFilter {
  readonly #options: FilterOptions
  readonly #matcher: Matcher
  readonly #tokens: TokenScanner | undefined
  readonly #credentials: CredentialScanner
  readonly #escaped: EscapedValues
  /** Spans to hide that are not yet written. */
  readonly #found: Span[] = []
  readonly #replacement: Replacement
  readonly #out: Output
  /** Bytes from the cursor on that are undecided. */
  readonly #held = new HeldBytes()
  /** Everything before it is written or hidden. */
  #cursor = 0
  /** The end of the last mask; -1 before the first. */
  #maskedTo = -1
  /** Whether the last mask hides a known value. Such a mask continues after escapes, up to their end. */
  #maskedKnown = false
  #goesOnAt = -1
  #chunk = nothing
  #view: DataView = new DataView(new ArrayBuffer(0))

  constructor(options: FilterOptions, out: Output) {
    this.#options = options
    const hides = hidesOf(options)
    this.#matcher = new Matcher(options.known.patterns, hides)
    this.#escaped = new EscapedValues(() => new Matcher(options.known.patterns, hides))
    this.#tokens = options.tokens === false ? undefined : new TokenScanner()
    this.#credentials = new CredentialScanner(options.weak ?? options.known.weak)
    this.#replacement = new Replacement(options)
    this.#out = out
  }

  begin(): void {
    this.#matcher.reset()
    this.#tokens?.reset()
    this.#credentials.reset()
    this.#escaped.reset()
    this.#found.length = 0
    this.#held.clear()
    this.#cursor = 0
    this.#maskedTo = -1
    this.#goesOnAt = -1
  }

  /** Sets the chunk that `clean` checks. */
  look(chunk: Buffer): void {
    this.#chunk = chunk
    this.#view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
  }

  /**
   * Whether chunk[from, to), a complete text, certainly contains nothing to mask. Ends any run in progress.
   * @param mayName whether the text contains a separator between a name and a value
   */
  clean(from: number, to: number, mayName = true): boolean {
    const length = to - from
    return (
      (length < this.#options.known.patterns.filter.window || this.#hasNoValue(from, to)) &&
      (length < SHORTEST_TOKEN || this.#tokenFrom(from, to) >= to) &&
      (!mayName || length < SHORTEST_NAMED || this.#credentials.isUnnamed(this.#chunk, from, to))
    )
  }

  /**
   * Whether the chunk, a complete text, certainly contains nothing to mask and does not end in the beginning of something to mask. Ends any
   * run in progress.
   */
  holdsNothing(): boolean {
    const { length } = this.#chunk
    const { filter } = this.#options.known.patterns
    if (filter.skip(this.#view, 0, length - filter.window) <= length - filter.window) return false
    if (length >= SHORTEST_TOKEN && this.#tokenFrom(0, length) < length) return false
    if (this.#credentials.quiet(this.#chunk, 0, length) < length) return false
    const from = Math.max(0, length - Math.max(filter.window, SHORTEST_TOKEN))
    this.begin()
    this.#matcher.read(this.#chunk, from, length)
    this.#tokens?.read(this.#chunk, from, length)
    this.#credentials.read(this.#chunk, from, length)
    return this.#live() === 0 && this.#matcher.spans.length === 0
  }

  /** Where in chunk[from, to), a complete text, a token may begin; `to` or more if there is none. */
  #tokenFrom(from: number, to: number): number {
    return this.#tokens === undefined ? Infinity : skipToRun({ bytes: this.#chunk, from, to, whole: true }, nothing)
  }

  #hasNoValue(from: number, to: number): boolean {
    const { filter } = this.#options.known.patterns
    const stop = to - filter.window
    if (filter.skip(this.#view, from, stop) > stop) return true
    this.#matcher.reset()
    this.#matcher.read(this.#chunk, from, to)
    this.#matcher.finish()
    return this.#matcher.spans.length === 0
  }

  /** Reads text for people. Also finds known values that terminal escapes split. */
  readText(bytes: Buffer): void {
    const escape = this.#escaped.searching ? 0 : bytes.indexOf(ESC)
    if (escape < 0) return this.read(bytes, 0, bytes.length)
    const at = this.#matcher.position
    this.#search(bytes, 0, escape)
    if (!this.#escaped.searching) this.#escaped.begin(at + escape, this.#matcher.undecided)
    this.#escaped.read(bytes.subarray(escape))
    this.#search(bytes, escape, bytes.length)
    this.#write({ bytes, from: 0, to: bytes.length, at }, this.#matcher.position - this.#live())
  }

  read(bytes: Buffer, from: number, to: number): void {
    const at = this.#matcher.position
    this.#search(bytes, from, to)
    this.#write({ bytes, from, to, at }, this.#matcher.position - this.#live())
  }

  readEscape(raw: Buffer, meaning: Buffer): void {
    const at = this.#matcher.position
    this.#search(meaning, 0, meaning.length)
    if (this.#cursor === at && this.#nothingFound()) {
      this.#out.add(raw)
      this.#cursor = this.#matcher.position
      return
    }
    this.#held.addEscape(raw, meaning.length)
    this.#write(noPiece(this.#matcher.position), this.#matcher.position - this.#live())
  }

  /** Reads bytes[from, to), which contain escapes. Returns false without reading anything if an escape is malformed. */
  readStretch(bytes: Buffer, from: number, to: number): boolean {
    const meaning = meaningOf(bytes, { from, to })
    if (meaning === undefined) return false
    const at = this.#matcher.position
    this.#search(meaning, 0, meaning.length)
    if (this.#cursor === at && this.#nothingFound()) {
      this.#out.slice(bytes, from, to)
      this.#cursor = this.#matcher.position
      return true
    }
    this.#held.addStretch(bytes, from, to)
    this.#write(noPiece(this.#matcher.position), this.#matcher.position - this.#live())
    return true
  }

  #search(bytes: Buffer, from: number, to: number): void {
    this.#matcher.read(bytes, from, to)
    this.#tokens?.read(bytes, from, to)
    this.#credentials.read(bytes, from, to)
  }

  /** Whether none of the bytes read so far is to be masked or may become so. */
  #nothingFound(): boolean {
    return (
      [this.#found, this.#matcher.spans, this.#tokens?.spans ?? [], this.#credentials.spans].every(({ length }) => length === 0) && this.#live() === 0
    )
  }

  /** Writes the rest of a run that is complete. */
  end(): void {
    this.#tokens?.finish()
    this.#credentials.finish()
    this.#matcher.finish()
    this.#escaped.finish()
    this.#writeAll()
  }

  /** Writes the rest of a stream that may have been cut off anywhere. */
  endOfStream(): void {
    this.#matcher.finish(true)
    this.#escaped.finish(true)
    this.#tokens?.takeLive()
    this.#credentials.takeLive()
    this.#writeAll()
  }

  /** Writes held bytes after a pause if they are too few to reveal anything. */
  release(): void {
    const known = this.#matcher.revealsTooMuch || this.#escaped.revealsTooMuch ? this.#live() : 0
    if (Math.max(known, this.#tokens?.live ?? 0) < RELEASABLE) this.#writeAll()
  }

  #writeAll(): void {
    this.#write(noPiece(this.#matcher.position), this.#matcher.position)
  }

  /** How many of the last bytes may still become something to mask. */
  #live(): number {
    return Math.max(this.#matcher.live, this.#tokens?.live ?? 0, this.#credentials.live, this.#escaped.live)
  }

  /** Decides everything before `safe`. The piece follows the held bytes. */
  #write(piece: TextPiece, safe: number): void {
    const known = [this.#matcher.spans, this.#escaped.spans]
    for (const span of takeSpans(this.#found, { known, others: [this.#tokens?.spans, this.#credentials.spans], safe })) this.#hide(piece, span)
    this.#pass(piece, safe)
    this.#goesOnAt = this.#behindEscapes()
    this.#escaped.forget(this.#cursor)
    const kept = piece.from + Math.max(0, this.#cursor - piece.at)
    if (kept < piece.to) this.#held.add(piece.bytes.subarray(kept, piece.to))
  }

  #hide(piece: TextPiece, span: HiddenSpan): void {
    const known = span.values.length > 0
    const maskedTo = this.#maskedKnown ? this.#behindEscapes() : this.#maskedTo
    if (span.from > maskedTo) this.#replacement.begin(span)
    this.#maskedKnown = known || (span.from <= maskedTo && this.#maskedKnown)
    this.#pass(piece, span.from)
    this.#maskedTo = Math.max(this.#maskedTo, span.to)
    this.#out.add(this.#replacement.next(this.#skip(piece, this.#maskedTo)))
  }

  #behindEscapes(): number {
    return this.#escaped.endOfEscapes(Math.max(this.#maskedTo, this.#goesOnAt))
  }

  /** Writes from the cursor up to a position. */
  #pass({ bytes, from, at }: TextPiece, to: number): void {
    if (to <= this.#cursor) return
    if (this.#cursor < at) this.#out.add(this.#held.take(Math.min(to, at) - this.#cursor))
    if (to > at) this.#out.slice(bytes, Math.max(this.#cursor, at) - at + from, to - at + from)
    this.#cursor = to
  }

  /** Removes the bytes from the cursor up to a position, as far as they are available. */
  #skip(piece: TextPiece, to: number): Buffer {
    if (to <= this.#cursor) return nothing
    const held = this.#cursor < piece.at ? this.#held.take(Math.min(to, piece.at) - this.#cursor) : nothing
    const rest = within(piece, this.#cursor, to)
    this.#cursor = to
    return held.length === 0 ? rest : Buffer.concat([held, rest])
  }
}
