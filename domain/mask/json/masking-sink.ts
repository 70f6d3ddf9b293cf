/** Masks what a scanner of JSON reports, by the tables of shapes.ts and by where a string stands (positions.ts). */
import { CannotMask } from '../cannot-mask.ts'
import { isRelease } from '../secret/helm-release.ts'
import type { JsonSink } from './json-scanner.ts'
import type { MaskerOptions } from '../masker-options.ts'
import { Output } from './output.ts'
import { isPacked } from '../secret/packed-text.ts'
import type { HiddenItems } from '../positions/field-set-item.ts'
import { Positions } from '../positions/positions.ts'
import { MASK_TEXT } from '../secret/mask-text.ts'
import { PlaceReader } from './place-reader.ts'
import type { Shape, Slot } from './shapes.ts'
import { escapedText, StringJudge } from './string-judge.ts'
import { StringMasker, varies, type StringRole } from './string-masker.ts'
import { ValueFilter } from '../text/value-filter.ts'
import { meaningOf } from './whole-escapes.ts'

const LONGEST_KEY = 1024
/** Up to here a text is cheaper to hash than the bytes where they lie. */
const SHORT = 2048
const nothing: Buffer = Buffer.alloc(0)

export class MaskingSink implements JsonSink {
  readonly #options: MaskerOptions
  readonly #out: Output
  readonly #filter: ValueFilter
  readonly #judge: StringJudge
  readonly #reader: PlaceReader
  readonly #strings: StringMasker
  readonly #document: Slot
  readonly #positions: Positions
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
    this.#positions = new Positions()
    this.#judge = new StringJudge(options, this.#positions)
    this.#strings = new StringMasker({ options, out, filter: this.#filter, reader: this.#reader, judge: (meaning) => this.#judge.judge(meaning) })
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

  name(from: number, to: number): void {
    this.#positions.enter(this.#chunk, from, to)
  }

  get hears(): boolean {
    return this.#positions.hears
  }

  clearUntil(at: number): number {
    return this.#hidden > 0 ? at : this.#filter.clearUntil(at)
  }

  open(array: boolean, at: number): boolean {
    if (this.#hidden > 0) this.#hidden++
    else if (this.#plain > 0) this.#plain++
    else this.#enterShape(array, at)
    this.#positions.open(array)
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
    this.#positions.close()
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
    if (key) return this.#enter(this.#chunk, from, to)
    const role = this.#roleOfValue()
    if (role === 'pass') this.#passed(from, to)
    else if (role === 'name' || role === 'namespace') {
      this.#reader.identify(role, this.#chunk.toString('utf8', from, to))
      this.#settle()
    } else if (role === 'value') {
      this.#replace(from, to, this.#placeholder(from, to))
      this.#settle()
    } else this.#slowly(role, from, to)
  }

  /** Where tables say nothing about it, what holds nothing to mask is copied with the rest. */
  escaped(key: boolean, from: number, to: number): boolean {
    if (this.#hidden > 0) return true
    const meaning = meaningOf(this.#chunk, { from, to })
    if (meaning === undefined) return false
    if (key) return this.#escapedKey(meaning, from, to)
    if (this.#roleOfValue() !== 'pass' || this.#judge.judge(meaning) !== 'shown') return false
    this.#positions.read(meaning, 0, meaning.length)
    this.#settle()
    return true
  }

  #escapedKey(meaning: Buffer, from: number, to: number): boolean {
    const name = Buffer.from(meaning)
    if (this.#positions.inFieldSet) {
      const left = this.#judge.item(name.toString(), this.#hiddenItems())
      if (left !== name.toString()) this.#replaceBytes(from, to, escapedText(left))
    }
    this.#enter(name, 0, name.length)
    return true
  }

  /** What a policy hides of the items that keys of this object quote. */
  #hiddenItems(): HiddenItems | undefined {
    return this.#plain > 0 ? undefined : this.#shapes.at(-1)?.items
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
    const bytes = Buffer.from(text)
    if (role === 'item') this.#out.add(escapedText(this.#judge.item(text, this.#hiddenItems())))
    if (role === 'key' || role === 'item') this.#enter(bytes, 0, bytes.length)
    else {
      this.#positions.read(bytes, 0, bytes.length)
      if (role === 'name' || role === 'namespace') this.#reader.identify(role, text)
      this.#settle()
    }
  }

  literal(text: string, from: number, to: number): void {
    if (this.#hidden > 0) return
    const { scalar } = this.#next
    if (scalar === undefined || (scalar === 'mask' && text !== 'null')) throw new CannotMask('a number or truth value where a Secret has none')
    if (scalar === 'mask') this.#replace(from, to, `"${this.#placeholder(0, 0)}"`)
    else if (scalar === 'zero' && isNumber(text)) this.#replace(from, to, '0')
    else if (to - from < text.length) this.#replace(from, to, text)
    this.#positions.skip()
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

  #replaceBytes(from: number, to: number, bytes: Buffer): void {
    this.#copyTo(from)
    this.#out.add(bytes)
    this.#copied = to
  }

  /** After a value: what the next one is, in an array or at the top. */
  #settle(): void {
    this.#positions.settle()
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

  #passed(from: number, to: number): void {
    const weak = this.#positions.besideCredential && this.#judge.isWeak(this.#chunk, from, to)
    if (!weak && isPacked(this.#chunk, from, to)) {
      this.#slowly('packed', from, to)
      return
    }
    if (weak) this.#replace(from, to, MASK_TEXT)
    else if (!this.#filter.clean(from, to) && !this.#judge.keeps(this.#chunk, from, to)) this.#mask(from, to)
    this.#positions.read(this.#chunk, from, to)
    this.#settle()
  }

  #enter(name: Buffer, from: number, to: number): void {
    this.#positions.enter(name, from, to)
    if (this.#plain > 0) return
    const shape = this.#shapes.at(-1) as Shape
    const slot = shape.keys?.get(name, from, to) ?? shape.other
    if (slot === undefined) throw new CannotMask('a field that no Secret has')
    this.#next = slot
    if (!shape.named) return
    if (to - from > LONGEST_KEY) throw new CannotMask('a key is too long')
    this.#reader.key = name.toString('utf8', from, to)
  }

  #roleOfKey(): StringRole {
    return this.#positions.inFieldSet ? 'item' : 'key'
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
