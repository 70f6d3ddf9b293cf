/**
 * JSON as a stream of tokens, pushed in chunks cut anywhere. It keeps one bit a level of nesting and no text, checks that brackets,
 * commas and colons are where they belong, and leaves all meaning to its sink. What is NOT checked: the digits of numbers,
 * duplicate keys, control characters in strings.
 */
import { CannotMask } from './cannot-mask.ts'
import { EscapeReader } from './json-escapes.ts'

export type JsonSink = {
  open(array: boolean): void
  close(): void
  /** A string without escapes that lies whole between two quotes of this chunk: chunk[from, to). */
  whole(key: boolean, chunk: Buffer, from: number, to: number): void
  /** Any other string comes in parts; `at` is the offset after the opening quote, or of the closing one. */
  begin(key: boolean, chunk: Buffer, at: number): void
  part(chunk: Buffer, from: number, to: number): void
  escape(raw: Buffer, meaning: Buffer): void
  finish(at: number): void
  /** A number, true, false or null: chunk[from, to) ends it, and `text` has all of it. `from` is 0 when it began in an earlier chunk. */
  literal(text: string, chunk: Buffer, from: number, to: number): void
  /** chunk[from, ...) begins a literal that goes on in the next chunk. */
  literalCut(chunk: Buffer, from: number): void
}

const VALUE = 0
const VALUE_OR_CLOSE = 1
const KEY = 2
const KEY_OR_CLOSE = 3
const COLON = 4
const COMMA = 5
const END = 6

const DEEPEST = 1000
const LONGEST_LITERAL = 400
const SHORT = 32
const literalText = /^(-?[0-9][0-9.eE+-]*|true|false|null)$/

export class JsonScanner {
  readonly #sink: JsonSink
  readonly #many: boolean
  readonly #escapes = new EscapeReader()
  readonly #arrays = new Uint8Array(DEEPEST + 1)
  #depth = 0
  #expect = VALUE
  #inString = false
  #literal = ''
  #backslash = -1
  #quoteAt = -1

  /** `many`: documents follow one another, as watch frames do. */
  constructor(sink: JsonSink, many: boolean) {
    this.#sink = sink
    this.#many = many
  }

  push(chunk: Buffer): void {
    const { length } = chunk
    this.#backslash = -1
    this.#quoteAt = -1
    let at = 0
    if (this.#literal !== '') at = this.#literalFrom(chunk, 0)
    while (at < length) {
      if (this.#inString) {
        at = this.#stringOn(chunk, at)
        continue
      }
      const byte = chunk[at] as number
      if (byte === 0x22) at = this.#string(chunk, at + 1)
      else if (byte === 0x2c || byte === 0x3a) {
        this.#separator(byte)
        at++
      } else if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) at++
      else if (byte === 0x7b || byte === 0x5b) {
        this.#open(byte === 0x5b)
        at++
      } else if (byte === 0x7d || byte === 0x5d) {
        this.#close(byte === 0x5d)
        at++
      } else at = this.#literalFrom(chunk, at)
    }
  }

  end(): void {
    if (this.#literal !== '') this.#literalEnds(Buffer.alloc(0), 0, 0)
    if (this.#inString || this.#depth > 0) throw new CannotMask('the JSON is cut off')
  }

  #value(): void {
    if (this.#expect !== VALUE && this.#expect !== VALUE_OR_CLOSE) throw new CannotMask('a JSON value is out of place')
  }

  #after(): void {
    this.#expect = this.#depth > 0 ? COMMA : this.#many ? VALUE : END
  }

  #separator(byte: number): void {
    if (byte === 0x3a && this.#expect === COLON) this.#expect = VALUE
    else if (byte === 0x2c && this.#expect === COMMA) this.#expect = this.#arrays[this.#depth] === 1 ? VALUE : KEY
    else throw new CannotMask('a JSON separator is out of place')
  }

  #open(array: boolean): void {
    this.#value()
    if (this.#depth >= DEEPEST) throw new CannotMask('the JSON is nested too deeply')
    this.#sink.open(array)
    this.#arrays[++this.#depth] = array ? 1 : 0
    this.#expect = array ? VALUE_OR_CLOSE : KEY_OR_CLOSE
  }

  #close(array: boolean): void {
    const expected = this.#expect === COMMA || this.#expect === (array ? VALUE_OR_CLOSE : KEY_OR_CLOSE)
    if (!expected || this.#depth === 0 || this.#arrays[this.#depth] !== (array ? 1 : 0)) throw new CannotMask('a JSON bracket is out of place')
    this.#depth--
    this.#sink.close()
    this.#after()
  }

  #string(chunk: Buffer, from: number): number {
    const key = this.#expect === KEY || this.#expect === KEY_OR_CLOSE
    if (!key) this.#value()
    this.#expect = key ? COLON : COMMA
    const to = this.#quote(chunk, from)
    if (to >= 0) {
      this.#sink.whole(key, chunk, from, to)
      if (!key) this.#after()
      return to + 1
    }
    this.#inString = true
    this.#sink.begin(key, chunk, from)
    return from
  }

  /** Offset of the closing quote when no escape comes before it, or -1. */
  #quote(chunk: Buffer, from: number): number {
    const near = Math.min(chunk.length, from + SHORT)
    for (let at = from; at < near; at++) {
      const byte = chunk[at]
      if (byte === 0x22) return at
      if (byte === 0x5c) return -1
    }
    const to = this.#nextQuote(chunk, near)
    return to >= chunk.length || this.#nextBackslash(chunk, from) < to ? -1 : to
  }

  /** Looked up once for many strings, so that a chunk is searched once whatever it holds. Beyond the chunk: there is none. */
  #nextBackslash(chunk: Buffer, from: number): number {
    if (this.#backslash < from) this.#backslash = found(chunk.indexOf(0x5c, from))
    return this.#backslash
  }

  #nextQuote(chunk: Buffer, from: number): number {
    if (this.#quoteAt < from) this.#quoteAt = found(chunk.indexOf(0x22, from))
    return this.#quoteAt
  }

  #stringOn(chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length) {
      if (this.#escapes.open) {
        const { taken, done } = this.#escapes.feed(chunk[at] as number)
        for (const { raw, meaning } of done) this.#sink.escape(raw, meaning)
        if (taken) at++
        continue
      }
      const quote = this.#nextQuote(chunk, at)
      const to = Math.min(this.#nextBackslash(chunk, at), quote, chunk.length)
      if (to > at) this.#sink.part(chunk, at, to)
      if (to === chunk.length) return to
      if (to === quote) {
        this.#inString = false
        this.#sink.finish(to)
        if (this.#expect === COMMA) this.#after()
        return to + 1
      }
      this.#escapes.feed(0x5c)
      at = to + 1
    }
    return at
  }

  #literalFrom(chunk: Buffer, from: number): number {
    if (this.#literal === '') this.#value()
    let to = from
    while (to < chunk.length && inLiteral(chunk[to] as number)) to++
    if (to === from && this.#literal === '') throw new CannotMask('this is not JSON')
    this.#literal += chunk.toString('latin1', from, to)
    if (this.#literal.length > LONGEST_LITERAL) throw new CannotMask('a JSON number is too long')
    if (to < chunk.length) this.#literalEnds(chunk, from, to)
    else this.#sink.literalCut(chunk, from)
    return to
  }

  #literalEnds(chunk: Buffer, from: number, to: number): void {
    const text = this.#literal
    this.#literal = ''
    if (!literalText.test(text)) throw new CannotMask('this is not JSON')
    this.#sink.literal(text, chunk, from, to)
    this.#after()
  }
}

function found(at: number): number {
  return at < 0 ? Number.POSITIVE_INFINITY : at
}

function inLiteral(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2b || byte === 0x2d || byte === 0x2e || byte === 0x45
}
