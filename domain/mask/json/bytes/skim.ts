/**
 * Scans the parts of a document where only known values matter, and reports no token that contains none. That is most of what
 * kube-apiserver sends. Because strings are checked one by one, field names and the bytes between strings are not searched.
 */
import { kinds, LITERAL, QUOTE, SPACE } from './byte-kinds.ts'
import type { JsonSink } from '../json-sink.ts'
import type { Nesting } from './nesting.ts'

const QUOTE_MARK = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const CAPITAL_H = 0x48
const HYPHEN = 0x2d
/** Strings up to this length are read byte by byte, to classify their characters. */
const SHORT = 128
const MAX_NUMBER_LENGTH = 400

/** Bit flags for what a byte of a string indicates. */
const ENDS = 1
/** Bytes that separate a name from its value, begin a flag, or separate a flag from its value. */
const SEPARATES = 2
const HYPHENS = 4
const BLANKS = 8
const marks = new Uint8Array(256)
for (const [mark, characters] of [
  [ENDS, '"\\'],
  [SEPARATES, ':='],
  [HYPHENS, '-'],
  [BLANKS, " \t,'`"],
] as const)
  for (const byte of Buffer.from(characters)) marks[byte] = mark
const FLAG = HYPHENS | BLANKS

const inNumber = new Uint8Array(256)
for (const byte of Buffer.from('0123456789.eE+-')) inNumber[byte] = 1
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39
const words = ['true', 'false', 'null'].map((text) => Buffer.from(text))

export class Skim {
  readonly #sink: JsonSink
  readonly #nesting: Nesting
  /** Whether the last string contains a separator between a name and a value. */
  #mayName = false

  constructor(sink: JsonSink, nesting: Nesting) {
    this.#sink = sink
    this.#nesting = nesting
  }

  /** Returns the offset of the first token to report, or the end of the plain part or of the chunk. */
  from(chunk: Buffer, from: number): number {
    const nesting = this.#nesting
    const { length } = chunk
    let at = from
    while (at < length && nesting.isPlain) {
      const byte = chunk[at] as number
      const kind = kinds[byte]
      if (kind === QUOTE) {
        const to = nesting.isKey ? this.#key(chunk, at + 1) : this.#string(chunk, at + 1)
        if (to < 0) return at
        at = to
      } else if (kind === LITERAL) {
        const to = this.#literal(chunk, at)
        if (to < 0) return at
        at = to
      } else {
        if (kind !== SPACE) nesting.punctuation(byte, at)
        at++
      }
    }
    return at
  }

  /** Returns the offset after a field name and the punctuation that certainly follows it, or -1. */
  #key(chunk: Buffer, from: number): number {
    const to = endOfKey(chunk, from)
    if (to < 0) return -1
    const nesting = this.#nesting
    const { places } = this.#sink
    places.enter(chunk, from, to)
    nesting.afterKey()
    if (to + 3 >= chunk.length || chunk[to + 1] !== COLON) return to + 1
    nesting.separator(COLON)
    const empty = chunk[to + 2] === OPEN_BRACE && chunk[to + 3] === CLOSE_BRACE
    return empty && places.inFieldSet && nesting.passEmpty() ? to + 4 : to + 2
  }

  /** Returns the offset after a string that contains nothing to hide, or -1. */
  #string(chunk: Buffer, from: number): number {
    const nesting = this.#nesting
    const { places } = this.#sink
    nesting.value()
    const to = places.mustReport ? -1 : this.#endOfText(chunk, from)
    if (to < 0 || !this.#sink.isClear(from, to, this.#mayName)) return -1
    places.pass(chunk, from, to)
    nesting.after()
    if (to + 1 >= chunk.length || chunk[to + 1] !== COMMA) return to + 1
    nesting.separator(COMMA)
    return to + 2
  }

  /**
   * Returns the offset of the closing quote of a short string, or -1. Records whether the string may name a credential. A string that
   * begins with H may be base64 of gzip; one that begins with a hyphen may be a flag.
   */
  #endOfText(chunk: Buffer, from: number): number {
    if (chunk[from] === CAPITAL_H || chunk[from] === HYPHEN) return -1
    const near = Math.min(chunk.length, from + SHORT)
    let seen = 0
    let at = from
    for (; at < near; at++) {
      const mark = marks[chunk[at] as number] as number
      if (mark === ENDS) break
      seen |= mark
    }
    this.#mayName = (seen & SEPARATES) !== 0 || (seen & FLAG) === FLAG
    return at < near && chunk[at] === QUOTE_MARK ? at : -1
  }

  /** Returns the offset after a number, true, false or null that does not reach the end of the chunk, or -1. */
  #literal(chunk: Buffer, from: number): number {
    const { length } = chunk
    this.#nesting.value()
    if (this.#sink.places.mustReport) return -1
    let to = from
    while (to < length && kinds[chunk[to] as number] === LITERAL) to++
    if (to >= length || !isLiteral(chunk, from, to)) return -1
    this.#nesting.after()
    return to
  }
}

/** Returns the offset of the closing quote of a name without escapes, or -1. */
function endOfKey(chunk: Buffer, from: number): number {
  const { length } = chunk
  let at = from
  while (at < length && marks[chunk[at] as number] !== ENDS) at++
  return at < length && chunk[at] === QUOTE_MARK ? at : -1
}

function isLiteral(chunk: Buffer, from: number, to: number): boolean {
  if (isDigit(chunk[from]) || (chunk[from] === HYPHEN && isDigit(chunk[from + 1]))) {
    if (to - from > MAX_NUMBER_LENGTH) return false
    for (let at = from + 1; at < to; at++) if (inNumber[chunk[at] as number] === 0) return false
    return true
  }
  return words.some((word) => word.length === to - from && chunk.compare(word, 0, word.length, from, to) === 0)
}
