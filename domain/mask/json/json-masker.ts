/**
 * Masks a stream of JSON by the tables of shapes.ts. What is not replaced leaves as the very bytes that came; memory is constant
 * but for annotations of Secrets, which are held whole (the API bounds them to 256 KiB together).
 */
import { CannotMask } from '../cannot-mask.ts'
import { isRelease } from '../secret/helm-release.ts'
import { JsonScanner, type JsonSink } from './json-scanner.ts'
import type { Masker, MaskerOptions } from '../masker-options.ts'
import { Output } from './output.ts'
import { isPacked } from '../secret/packed-text.ts'
import { PlaceReader } from './place-reader.ts'
import { documentWith } from './field-shapes.ts'
import { documents, PLAIN, type JsonKind, type Shape, type Slot } from './shapes.ts'
import { StringMasker, varies, type StringRole } from './string-masker.ts'
import { ValueFilter } from '../text/value-filter.ts'
import { meaningOf } from './whole-escapes.ts'

const LONGEST_KEY = 1024
/** Up to here a text is cheaper to hash than the bytes where they lie. */
const SHORT = 2048
const nothing: Buffer = Buffer.alloc(0)

export function createJsonMasker(kind: JsonKind, options: MaskerOptions): Masker {
  const { slot: usual, many } = documents[kind]
  const { fields = [] } = options
  const slot = usual === PLAIN && fields.length > 0 ? documentWith(fields) : usual
  const out = new Output()
  const sink = new MaskingSink(slot, options, out)
  const scanner = new JsonScanner(sink, many)
  let failed = false
  const guarded = (work: () => void): Buffer => {
    if (failed) throw new CannotMask('masking has failed before')
    failed = true
    work()
    failed = false
    return out.take()
  }
  return {
    push: (chunk) =>
      guarded(() => {
        scanner.push(chunk)
        sink.endOfChunk()
      }),
    end: () => guarded(() => scanner.end()),
  }
}

class MaskingSink implements JsonSink {
  readonly #options: MaskerOptions
  readonly #out: Output
  readonly #filter: ValueFilter
  /** For strings that are looked at apart from the chunk. */
  #aside: ValueFilter | undefined
  readonly #reader: PlaceReader
  readonly #strings: StringMasker
  readonly #document: Slot
  readonly #shapes: Shape[] = []
  #next: Slot
  #chunk = nothing
  /** Of the chunk, what lies before is written. */
  #copied = 0
  /** A string is being written by its role, so that nothing of it is copied; and which. */
  #string: StringRole | undefined
  /** How deep inside a part where only known values matter; 0 outside. */
  #plain = 0
  /** How deep inside an array that is left out; 0 outside. */
  #hidden = 0

  constructor(document: Slot, options: MaskerOptions, out: Output) {
    this.#document = document
    this.#next = document
    this.#options = options
    this.#out = out
    this.#filter = new ValueFilter({ ...options, inJson: true }, out)
    this.#reader = new PlaceReader(options)
    this.#strings = new StringMasker({ options, out, filter: this.#filter, reader: this.#reader })
  }

  chunk(chunk: Buffer): void {
    this.#chunk = chunk
    this.#copied = 0
    this.#filter.look(chunk)
  }

  endOfChunk(): void {
    if (this.#string === undefined && this.#hidden === 0) this.#copyTo(this.#chunk.length)
    this.#chunk = nothing
  }

  clearUntil(at: number): number {
    return this.#hidden > 0 ? at : this.#filter.clearUntil(at)
  }

  open(array: boolean, at: number): boolean {
    if (this.#hidden > 0) this.#hidden++
    else if (this.#plain > 0) this.#plain++
    else this.#enterShape(array, at)
    return this.#plain > 0
  }

  #enterShape(array: boolean, at: number): void {
    const shape = array ? this.#next.array : this.#next.object
    if (shape === undefined) throw new CannotMask(`an ${array ? 'array' : 'object'} where a Secret has none`)
    this.#shapes.push(shape)
    if (shape.elements !== undefined) this.#next = shape.elements
    if (shape.identity) this.#reader.begin()
    if (shape.plain) this.#plain = 1
    if (!shape.notInEcho || this.#options.echo !== true) return
    this.#copyTo(at + 1)
    this.#hidden = 1
  }

  close(at: number): void {
    if (this.#hidden > 0) {
      this.#hidden--
      if (this.#hidden > 0) return
      this.#copied = at
    } else if (this.#plain > 0) {
      this.#plain--
      if (this.#plain > 0) return
    }
    this.#shapes.pop()
    this.#settle()
  }

  whole(key: boolean, from: number, to: number): void {
    if (this.#hidden > 0) return
    const role = key ? 'pass' : this.#roleOfValue()
    if (role === 'pass') this.#passed(key, from, to)
    else if (role === 'name' || role === 'namespace') {
      this.#reader.identify(role, this.#chunk.toString('utf8', from, to))
      this.#passed(false, from, to)
    } else if (role === 'value') {
      this.#replace(from, to, this.#placeholder(from, to))
      this.#settle()
    } else this.#slowly(role, from, to)
  }

  /** Where tables say nothing about it, what holds nothing to mask is copied with the rest. */
  escaped(key: boolean, from: number, to: number): boolean {
    if (this.#hidden > 0) return true
    if (this.#plain === 0) return false
    const meaning = meaningOf(this.#chunk, { from, to })
    if (meaning === undefined || isPacked(meaning, 0, meaning.length)) return false
    const aside = (this.#aside ??= new ValueFilter(this.#options, new Output()))
    aside.look(meaning)
    if (!aside.clean(0, meaning.length)) return false
    if (key) this.#enter(meaning, 0, meaning.length)
    else this.#settle()
    return true
  }

  begin(key: boolean, at: number): void {
    if (this.#hidden > 0) return
    this.#copyTo(at)
    this.#string = key ? this.#roleOfKey() : this.#roleOfValue()
    this.#strings.begin(this.#string === 'pass' ? 'opening' : this.#string)
  }

  part(from: number, to: number): void {
    if (this.#hidden === 0) this.#strings.part(this.#chunk, from, to)
  }

  escape(raw: Buffer, meaning: Buffer): void {
    if (this.#hidden === 0) this.#strings.escape(raw, meaning)
  }

  get takesStretches(): boolean {
    return this.#hidden > 0 || this.#strings.takesStretches
  }

  stretch(from: number, to: number): boolean {
    return this.#hidden > 0 || this.#strings.stretch(this.#chunk, from, to)
  }

  finish(at: number): void {
    if (this.#hidden > 0) return
    const role = this.#string
    this.#string = undefined
    this.#copied = at
    const text = this.#strings.finish()
    if (role === 'key' || role === 'unread') {
      const name = Buffer.from(text)
      this.#enter(name, 0, name.length)
    } else {
      if (role === 'name' || role === 'namespace') this.#reader.identify(role, text)
      this.#settle()
    }
  }

  literal(text: string, from: number, to: number): void {
    if (this.#hidden > 0) return
    const { scalar } = this.#next
    if (scalar === undefined || (scalar === 'mask' && text !== 'null')) throw new CannotMask('a number or truth value where a Secret has none')
    if (scalar === 'mask') this.#replace(from, to, `"${this.#placeholder(0, 0)}"`)
    else if ((scalar === 'zero' && isNumber(text)) || this.#isKnown(text)) this.#replace(from, to, '0')
    else if (to - from < text.length) this.#replace(from, to, text)
    this.#settle()
  }

  literalCut(from: number): void {
    if (this.#hidden > 0) return
    this.#copyTo(from)
    this.#copied = this.#chunk.length
  }

  #copyTo(to: number): void {
    if (to > this.#copied) this.#out.slice(this.#chunk, this.#copied, to)
    this.#copied = to
  }

  #replace(from: number, to: number, text: string): void {
    this.#copyTo(from)
    this.#out.text(text)
    this.#copied = to
  }

  /** Writes a string of this chunk with its known values masked. */
  #mask(from: number, to: number): void {
    this.#copyTo(from)
    this.#filter.begin()
    this.#filter.read(this.#chunk, from, to)
    this.#filter.end()
    this.#copied = to
  }

  #isKnown(number: string): boolean {
    if (number.length < this.#options.known.patterns.filter.window) return false
    const alone = new ValueFilter({ ...this.#options, tokens: false }, new Output())
    alone.look(Buffer.from(number))
    return !alone.clean(0, number.length)
  }

  /** After a value: what the next one is, in an array or at the top. */
  #settle(): void {
    const shape = this.#shapes.at(-1)
    if (shape === undefined) this.#next = this.#document
    else if (shape.elements !== undefined) this.#next = shape.elements
  }

  /** A whole string of this chunk by a role that needs it in the hand. */
  #slowly(role: StringRole, from: number, to: number): void {
    this.#copyTo(from)
    this.#string = role
    this.#strings.begin(role)
    this.#strings.part(this.#chunk, from, to)
    this.finish(to)
  }

  #passed(key: boolean, from: number, to: number): void {
    if (!key && isPacked(this.#chunk, from, to)) {
      this.#slowly('packed', from, to)
      return
    }
    if (!this.#filter.clean(from, to)) this.#mask(from, to)
    if (key) this.#enter(this.#chunk, from, to)
    else this.#settle()
  }

  #enter(name: Buffer, from: number, to: number): void {
    const shape = this.#shapes.at(-1) as Shape
    const slot = shape.keys?.get(name, from, to) ?? shape.other
    if (slot === undefined) throw new CannotMask('a field that no Secret has')
    this.#next = slot
    if (!shape.named) return
    if (to - from > LONGEST_KEY) throw new CannotMask('a key is too long')
    this.#reader.key = name.toString('utf8', from, to)
  }

  #roleOfKey(): StringRole {
    return this.#shapes.at(-1)?.plain ? 'unread' : 'key'
  }

  #roleOfValue(): StringRole {
    const role = this.#next.string
    if (role === undefined) throw new CannotMask('a string where a Secret has none')
    if (role !== 'value' && role !== 'plain-value') return role
    if (this.#reader.isShown(this.#reader.key)) return 'shown'
    return role === 'value' && isRelease(this.#reader.name, this.#reader.key) ? 'release' : role
  }

  #placeholder(from: number, to: number): string {
    const { placeholders } = this.#options
    const place = this.#reader.place()
    if (!varies(this.#options, this.#reader.key)) return placeholders.unvarying(place)
    const short = to - from < SHORT
    return placeholders.of(place, short ? this.#chunk.toString('latin1', from, to) : this.#chunk.subarray(from, to))
  }
}

function isNumber(literal: string): boolean {
  return literal !== 'true' && literal !== 'false' && literal !== 'null'
}
