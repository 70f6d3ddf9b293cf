/**
 * A streaming JSON tokenizer. Chunks may be cut anywhere. It keeps one byte for each level of nesting and no text, checks that brackets,
 * commas and colons are well placed, and leaves all interpretation to its sink. NOT checked: the digits of numbers, duplicate keys, control
 * characters in strings.
 */
import { CannotMask } from '../cannot-mask.ts'
import { kinds, LITERAL, QUOTE, SPACE } from './bytes/byte-kinds.ts'
import { EscapeReader, shortEscape } from './strings/json-escapes.ts'
import type { JsonSink } from './json-sink.ts'
import { Nesting } from './bytes/nesting.ts'
import { NextByte } from './bytes/byte-search.ts'
import { Skim } from './bytes/skim.ts'
import { endOfEscaped, endOfStretch } from './bytes/string-ends.ts'

const MAX_LITERAL_LENGTH = 400
const SHORT = 32
const literalText = /^(-?[0-9][0-9.eE+-]*|true|false|null)$/

const nothing: Buffer = Buffer.alloc(0)
export class JsonScanner {
  readonly #sink: JsonSink
  readonly #nesting: Nesting
  readonly #skim: Skim
  readonly #escapes = new EscapeReader()
  #inString = false
  /** Whether the open string is a field name. */
  #inKey = false
  #literal = ''
  #chunk = nothing
  readonly #backslashes = new NextByte(0x5c)
  readonly #quotes = new NextByte(0x22)
  /** No stretch is tried before this offset of the chunk. */
  #apartTo = 0

  /** `many`: the input is a sequence of documents, as watch frames are. */
  constructor(sink: JsonSink, many: boolean) {
    this.#sink = sink
    this.#nesting = new Nesting(sink, many)
    this.#skim = new Skim(sink, this.#nesting)
  }

  push(chunk: Buffer): void {
    this.#chunk = chunk
    this.#backslashes.look(chunk)
    this.#quotes.look(chunk)
    this.#apartTo = 0
    this.#sink.chunk(chunk)
    const { length } = chunk
    let at = this.#goOn()
    while (at < length) {
      if (this.#nesting.isPlain && this.#sink.maySkip) at = this.#skim.from(chunk, at)
      if (at >= length) return
      const byte = chunk[at] as number
      switch (kinds[byte]) {
        case SPACE:
          at++
          break
        case QUOTE:
          at = this.#string(at + 1)
          break
        case LITERAL:
          at = this.#literalFrom(at)
          break
        default:
          this.#nesting.punctuation(byte, at)
          at++
      }
    }
  }

  end(): void {
    if (this.#literal !== '') this.#literalEnds(0, 0)
    if (this.#inString || this.#nesting.isOpen) throw new CannotMask('the JSON is cut off')
  }

  /** Continues a token that the last chunk cut. Returns the offset reached. */
  #goOn(): number {
    if (this.#inString) return this.#stringOn(0)
    return this.#literal === '' ? 0 : this.#literalFrom(0)
  }

  /** Reads a string whose first byte is at `from`. Returns the offset at which to continue. */
  #string(from: number): number {
    const nesting = this.#nesting
    const key = nesting.isKey
    if (key) nesting.afterKey()
    else nesting.value()
    const to = this.#quote(from)
    if (to >= 0) {
      this.#sink.whole(key, from, to)
      if (!key) nesting.after()
      return to + 1
    }
    const end = endOfEscaped(this.#chunk, from)
    if (end >= 0 && this.#sink.escaped(key, from, end)) {
      if (!key) nesting.after()
      return end + 1
    }
    this.#inString = true
    this.#inKey = key
    this.#sink.begin(key, from)
    return this.#stringOn(from)
  }

  /** Returns the offset of the closing quote if no escape precedes it, or -1. */
  #quote(from: number): number {
    const chunk = this.#chunk
    const near = Math.min(chunk.length, from + SHORT)
    for (let at = from; at < near; at++) {
      const byte = chunk[at]
      if (byte === 0x22) return at
      if (byte === 0x5c) return -1
    }
    const to = this.#quotes.from(near)
    return to >= chunk.length || this.#backslashes.from(from) < to ? -1 : to
  }

  #stringOn(from: number): number {
    const { length } = this.#chunk
    let at = from
    while (at < length) {
      if (this.#escapes.open) {
        at += this.#escaped(this.#chunk[at] as number)
        continue
      }
      at = this.#stretch(at)
      const quote = this.#quotes.from(at)
      const to = Math.min(this.#backslashes.from(at), quote, length)
      if (to > at) this.#sink.part(at, to)
      if (to === quote) return this.#stringEnds(to)
      at = to + 1
      if (to >= length) continue
      const short = shortEscape(this.#chunk, to)
      if (short === undefined) this.#escapes.feed(0x5c)
      else {
        this.#sink.escape(short.raw, short.meaning)
        at++
      }
    }
    return length
  }

  /** Processes a stretch as a unit if possible. Returns the offset reached. */
  #stretch(from: number): number {
    if (from < this.#apartTo || this.#backslashes.from(from) >= this.#chunk.length || !this.#sink.takesStretches) return from
    const to = endOfStretch(this.#chunk, from)
    if (to > from && this.#sink.stretch(from, to)) return to
    this.#apartTo = Math.max(to, from + 1)
    return from
  }

  #escaped(byte: number): number {
    const { taken, done } = this.#escapes.feed(byte)
    for (const { raw, meaning } of done) this.#sink.escape(raw, meaning)
    return taken ? 1 : 0
  }

  #stringEnds(at: number): number {
    this.#inString = false
    this.#sink.finish(at)
    if (!this.#inKey) this.#nesting.after()
    return at + 1
  }

  #literalFrom(from: number): number {
    if (this.#literal === '') this.#nesting.value()
    const chunk = this.#chunk
    let to = from
    while (to < chunk.length && kinds[chunk[to] as number] === LITERAL) to++
    this.#literal += chunk.toString('latin1', from, Math.min(to, from + MAX_LITERAL_LENGTH + 1))
    if (this.#literal.length > MAX_LITERAL_LENGTH) throw new CannotMask('a JSON number is too long')
    if (to < chunk.length) this.#literalEnds(from, to)
    else this.#sink.literalCut(from)
    return to
  }

  #literalEnds(from: number, to: number): void {
    const text = this.#literal
    this.#literal = ''
    if (!literalText.test(text)) throw new CannotMask('this is not JSON')
    this.#sink.literal(text, from, to)
    this.#nesting.after()
  }
}
