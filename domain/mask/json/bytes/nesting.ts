/** The position of a scan in a JSON document: which brackets are open, and what may come next. Takes one byte for each level. */
import { CannotMask } from '../../cannot-mask.ts'
import { CLOSE, kinds, OPEN, SEPARATOR } from './byte-kinds.ts'
import type { JsonSink } from '../json-sink.ts'
import { LevelBytes } from './level-bytes.ts'

const VALUE = 0
const VALUE_OR_CLOSE = 1
const KEY = 2
const KEY_OR_CLOSE = 3
const COLON = 4
const COMMA = 5
const END = 6

/** kube-apiserver accepts 10 000 levels, and wraps what it has read in watch frames, lists and rows. */
const DEEPEST = 10_000 + 32

export class Nesting {
  readonly #sink: JsonSink
  readonly #many: boolean
  readonly #arrays = new LevelBytes()
  #depth = 0
  /** Depth of the outermost object or array whose content need not be reported; 0 outside. */
  #plainFrom = 0
  #expect = VALUE

  /** `many`: the input is a sequence of documents. */
  constructor(sink: JsonSink, many: boolean) {
    this.#sink = sink
    this.#many = many
  }

  /** Whether the next tokens need not be reported unless they contain something to hide. */
  get isPlain(): boolean {
    return this.#plainFrom !== 0
  }

  get isOpen(): boolean {
    return this.#depth > 0
  }

  /** Whether the next string is a field name. */
  get isKey(): boolean {
    return this.#expect === KEY || this.#expect === KEY_OR_CLOSE
  }

  /** A value begins. */
  value(): void {
    if (this.#expect !== VALUE && this.#expect !== VALUE_OR_CLOSE) throw new CannotMask('a JSON value is out of place')
  }

  /** A value has ended. */
  after(): void {
    if (this.#depth > 0) this.#expect = COMMA
    else this.#expect = this.#many ? VALUE : END
  }

  /** A field name has ended, or a key string begins whose end is not known yet. */
  afterKey(): void {
    this.#expect = COLON
  }

  /** Handles a byte outside strings and literals. */
  punctuation(byte: number, at: number): void {
    const kind = kinds[byte]
    const array = byte === 0x5b || byte === 0x5d
    if (kind === SEPARATOR) this.separator(byte)
    else if (kind === OPEN) this.#open(array, at)
    else if (kind === CLOSE) this.#close(array, at)
  }

  separator(byte: number): void {
    if (byte === 0x3a && this.#expect === COLON) this.#expect = VALUE
    else if (byte === 0x2c && this.#expect === COMMA) this.#expect = this.#arrays.at(this.#depth) === 1 ? VALUE : KEY
    else throw new CannotMask('a JSON separator is out of place')
  }

  /** Accepts `{}` as the value of a field. Returns false if it must not be skipped. */
  passEmpty(): boolean {
    if (this.#expect !== VALUE || this.#depth >= DEEPEST) return false
    this.#expect = COMMA
    return true
  }

  #open(array: boolean, at: number): void {
    this.value()
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
    this.after()
  }
}
