/**
 * JSON as a stream of tokens, pushed in chunks cut anywhere. It keeps one bit a level of nesting and no text, checks that brackets,
 * commas and colons are where they belong, and leaves all meaning to its sink. What is NOT checked: the digits of numbers,
 * duplicate keys, control characters in strings.
 */
import { CannotMask } from '../cannot-mask.ts'
import { CLOSE, kinds, LITERAL, OPEN, QUOTE, SEPARATOR, SPACE } from './byte-kinds.ts'
import { EscapeReader, shortEscape } from './json-escapes.ts'
import type { JsonSink } from './json-sink.ts'
import { LevelBytes } from './level-bytes.ts'
import { NextByte } from './next-byte.ts'
import { behindString, endOfEscaped, endOfStretch } from './string-ends.ts'

const VALUE = 0
const VALUE_OR_CLOSE = 1
const KEY = 2
const KEY_OR_CLOSE = 3
const COLON = 4
const COMMA = 5
const END = 6

/** kube-apiserver reads 10 000 levels, and puts what it has read into frames, lists and rows. */
const DEEPEST = 10_000 + 32
const LONGEST_LITERAL = 400
const SHORT = 32
const literalText = /^(-?[0-9][0-9.eE+-]*|true|false|null)$/

const nothing: Buffer = Buffer.alloc(0)
export class JsonScanner {
  readonly #sink: JsonSink
  readonly #many: boolean
  readonly #escapes = new EscapeReader()
  readonly #arrays = new LevelBytes()
  #depth = 0
  /** Depth of the outermost object or array whose content need not be reported; 0 outside. */
  #plainFrom = 0
  #expect = VALUE
  #inString = false
  #literal = ''
  #chunk = nothing
  readonly #backslashes = new NextByte(0x5c)
  readonly #quotes = new NextByte(0x22)
  /** In this chunk, no stretch is tried before. */
  #apartTo = 0

  /** `many`: documents follow one another, as watch frames do. */
  constructor(sink: JsonSink, many: boolean) {
    this.#sink = sink
    this.#many = many
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
      if (this.#plainFrom !== 0) at = this.#skim(at)
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
          this.#punctuation(byte, at)
          at++
      }
    }
  }

  end(): void {
    if (this.#literal !== '') this.#literalEnds(0, 0)
    if (this.#inString || this.#depth > 0) throw new CannotMask('the JSON is cut off')
  }

  /** Goes through tokens that nobody needs to hear of; says where the first other one is, or the end of the plain part. */
  #skim(from: number): number {
    const chunk = this.#chunk
    const clear = this.#sink.clearUntil(from)
    let at = from
    while (at < clear && this.#plainFrom !== 0) {
      const byte = chunk[at] as number
      const kind = kinds[byte]
      if (kind === QUOTE) {
        const to = this.#skippedString(at + 1, clear)
        if (to < 0) return at
        at = to
      } else if (kind === LITERAL) return at
      else {
        if (kind !== SPACE) this.#punctuation(byte, at)
        at++
      }
    }
    return at
  }

  /** Behind a string that ends before `clear`, or -1 when it is to be reported. */
  #skippedString(from: number, clear: number): number {
    const key = this.#expect === KEY || this.#expect === KEY_OR_CLOSE
    if (!key && this.#sink.places.hears) return -1
    const to = behindString(this.#chunk, from, clear)
    if (to < 0) return to
    if (key) {
      this.#expect = COLON
      this.#sink.places.enter(this.#chunk, from, to - 1)
      return to
    }
    this.#value()
    if (this.#sink.places.notes) this.#sink.places.read(this.#chunk, from, to - 1)
    this.#after()
    return to
  }

  /** Goes on with what the last chunk has cut; says how far. */
  #goOn(): number {
    if (this.#inString) return this.#stringOn(0)
    return this.#literal === '' ? 0 : this.#literalFrom(0)
  }

  #punctuation(byte: number, at: number): void {
    const kind = kinds[byte]
    const array = byte === 0x5b || byte === 0x5d
    if (kind === SEPARATOR) this.#separator(byte)
    else if (kind === OPEN) this.#open(array, at)
    else if (kind === CLOSE) this.#close(array, at)
  }

  #value(): void {
    if (this.#expect !== VALUE && this.#expect !== VALUE_OR_CLOSE) throw new CannotMask('a JSON value is out of place')
  }

  #after(): void {
    if (this.#depth > 0) this.#expect = COMMA
    else this.#expect = this.#many ? VALUE : END
  }

  #separator(byte: number): void {
    if (byte === 0x3a && this.#expect === COLON) this.#expect = VALUE
    else if (byte === 0x2c && this.#expect === COMMA) this.#expect = this.#arrays.at(this.#depth) === 1 ? VALUE : KEY
    else throw new CannotMask('a JSON separator is out of place')
  }

  #open(array: boolean, at: number): void {
    this.#value()
    if (this.#depth >= DEEPEST) throw new CannotMask('the JSON is nested too deeply')
    const plain = this.#sink.open(array, at)
    this.#arrays.set(++this.#depth, array ? 1 : 0)
    if (plain && this.#plainFrom === 0) this.#plainFrom = this.#depth
    this.#expect = array ? VALUE_OR_CLOSE : KEY_OR_CLOSE
  }

  #close(array: boolean, at: number): void {
    const expected = this.#expect === COMMA || this.#expect === (array ? VALUE_OR_CLOSE : KEY_OR_CLOSE)
    if (!expected || this.#depth === 0 || this.#arrays.at(this.#depth) !== (array ? 1 : 0)) throw new CannotMask('a JSON bracket is out of place')
    if (this.#depth === this.#plainFrom) this.#plainFrom = 0
    this.#depth--
    this.#sink.close(at)
    this.#after()
  }

  /** Reads a string whose first byte is at `from`; says where to go on. */
  #string(from: number): number {
    const key = this.#expect === KEY || this.#expect === KEY_OR_CLOSE
    if (!key) this.#value()
    this.#expect = key ? COLON : COMMA
    const to = this.#quote(from)
    if (to >= 0) {
      this.#sink.whole(key, from, to)
      if (!key) this.#after()
      return to + 1
    }
    const end = endOfEscaped(this.#chunk, from)
    if (end >= 0 && this.#sink.escaped(key, from, end)) {
      if (!key) this.#after()
      return end + 1
    }
    this.#inString = true
    this.#sink.begin(key, from)
    return this.#stringOn(from)
  }

  /** Offset of the closing quote when no escape comes before it, or -1. */
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

  /** Goes through what may go together; says how far. */
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
    if (this.#expect === COMMA) this.#after()
    return at + 1
  }

  #literalFrom(from: number): number {
    if (this.#literal === '') this.#value()
    const chunk = this.#chunk
    let to = from
    while (to < chunk.length && kinds[chunk[to] as number] === LITERAL) to++
    this.#literal += chunk.toString('latin1', from, Math.min(to, from + LONGEST_LITERAL + 1))
    if (this.#literal.length > LONGEST_LITERAL) throw new CannotMask('a JSON number is too long')
    if (to < chunk.length) this.#literalEnds(from, to)
    else this.#sink.literalCut(from)
    return to
  }

  #literalEnds(from: number, to: number): void {
    const text = this.#literal
    this.#literal = ''
    if (!literalText.test(text)) throw new CannotMask('this is not JSON')
    this.#sink.literal(text, from, to)
    this.#after()
  }
}
