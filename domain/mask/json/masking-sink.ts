/** Masks the tokens that the JSON scanner reports, by the tables of shapes.ts and by the position of each string (positions.ts). */
import { CannotMask } from '../cannot-mask.ts'
import { ChunkWriter } from './chunk-writer.ts'
import { escapedBytes, type MaskCopy } from './copied-object.ts'
import type { JsonSink } from './json-sink.ts'
import type { MaskerOptions } from '../masker-options.ts'
import type { Output } from './output.ts'
import { isPacked } from '../secret/packed-text.ts'
import type { HiddenItems } from '../positions/field-set-item.ts'
import { Positions } from '../positions/positions.ts'
import { MASK_TEXT } from '../secret/mask-text.ts'
import { ItemNames } from './fields/item-names.ts'
import { SecretLocator } from './fields/field-reader.ts'
import { isNumber, roleOfValue } from './fields/role-of-value.ts'
import { ShapeStack } from './fields/shape-stack.ts'
import type { Slot } from './fields/shapes.ts'
import { escapedText, StringClassifier } from './strings/string-classifier.ts'
import { ShownValues } from './strings/shown-values.ts'
import { StringMasker, type StringRole } from './strings/string-masker.ts'
import { ValueFilter } from '../text/value-filter.ts'
import { meaningOf } from './strings/whole-escapes.ts'

const MAX_KEY_LENGTH = 1024
const SHORT = 2048 // Up to this length, hashing a string is cheaper than hashing the bytes in place.
const nothing: Buffer = Buffer.alloc(0)

export type MaskingTools = {
  readonly document: Slot
  readonly options: MaskerOptions
  readonly out: Output
  readonly maskCopy: MaskCopy
}

export class MaskingSink implements JsonSink {
  readonly #options: MaskerOptions
  readonly #out: Output
  readonly #filter: ValueFilter
  readonly #judge: StringClassifier
  readonly #items: ItemNames
  readonly #reader: SecretLocator
  readonly #shown: ShownValues
  readonly #strings: StringMasker
  readonly #written: ChunkWriter
  readonly #maskCopy: MaskCopy
  readonly #shapes: ShapeStack
  readonly places = new Positions()
  #chunk = nothing
  /** The role of the string that is being written, if any. Nothing of such a string is copied from the chunk. */
  #string: StringRole | undefined
  /** The next string is not a copy of an object, although it is in a place where one may be. */
  #asText = false
  /** Depth inside a part where only known values matter; 0 outside. */
  #plain = 0
  /** Depth inside an array that is left out; 0 outside. */
  #hidden = 0

  constructor({ document, options, out, maskCopy }: MaskingTools) {
    this.#maskCopy = maskCopy
    this.#written = new ChunkWriter(out)
    this.#shapes = new ShapeStack(document)
    this.#options = options
    this.#out = out
    this.#filter = new ValueFilter({ ...options, inJson: true }, out)
    this.#reader = new SecretLocator(options)
    this.#judge = new StringClassifier(options, this.places)
    this.#items = new ItemNames(options, this.places)
    const judge = (meaning: Buffer): StringRole => this.#judge.judge(meaning)
    this.#shown = new ShownValues(options, this.#reader)
    this.#strings = new StringMasker({ options, out, filter: this.#filter, reader: this.#reader, shown: this.#shown, judge, maskCopy })
  }

  chunk(chunk: Buffer): void {
    this.#chunk = chunk
    this.#written.begin(chunk)
    this.#filter.look(chunk)
  }

  endOfChunk(): void {
    if (this.#string === undefined && this.#hidden === 0) this.#written.upTo(this.#chunk.length)
    this.places.endOfChunk()
    this.#chunk = nothing
  }

  get maySkip(): boolean {
    return this.#hidden === 0
  }

  isClear(from: number, to: number, mayName: boolean): boolean {
    return this.#filter.clean(from, to, mayName) && !this.#judge.isWeak(this.#chunk, from, to)
  }

  open(array: boolean, at: number): boolean {
    if (this.#hidden > 0) this.#hidden++
    else if (this.#plain > 0) this.#plain++
    else this.#enterShape(array, at)
    this.places.open(array)
    return this.#plain > 0
  }

  #enterShape(array: boolean, at: number): void {
    const shape = this.#shapes.open(array)
    if (shape.identity) this.#reader.begin()
    if (shape.plain) this.#plain = 1
    if (!shape.notInEcho || this.#options.echo !== true) return
    this.#written.upTo(at + 1)
    this.#hidden = 1
  }

  close(at: number): void {
    this.places.close()
    if (this.#hidden > 0) {
      this.#hidden--
      if (this.#hidden > 0) return
      this.#written.skipTo(at)
    } else if (this.#plain > 0) {
      this.#plain--
      if (this.#plain > 0) return
    }
    this.#shapes.close()
    this.#settle()
  }

  whole(key: boolean, from: number, to: number): void {
    if (this.#hidden > 0) return
    if (key) return this.#enter(this.#chunk, from, to)
    const role = this.#roleOfValue()
    if (role === 'pass' || role === 'copy') this.#passed(from, to)
    else if (role === 'name' || role === 'namespace') {
      this.#reader.identify(role, this.#chunk.toString('utf8', from, to))
      this.#settle()
    } else if (role === 'value') {
      const short = to - from < SHORT
      this.#written.replace(from, to, this.#shown.of(short ? this.#chunk.toString('latin1', from, to) : this.#chunk.subarray(from, to)))
      this.#settle()
    } else this.#slowly(role, from, to)
  }

  /** A string that no table covers and that contains nothing to mask is copied unchanged. */
  escaped(key: boolean, from: number, to: number): boolean {
    if (this.#hidden > 0) return true
    if (key && this.#isCleanItem(from, to)) return true
    const meaning = meaningOf(this.#chunk, { from, to })
    if (meaning === undefined) return false
    if (key) return this.#escapedKey(meaning, from, to)
    const role = this.#roleOfValue()
    if (role === 'copy') return this.#escapedCopy(Buffer.from(meaning), from, to)
    return role === 'pass' && this.#escapedText(meaning)
  }

  #escapedText(meaning: Buffer): boolean {
    if (this.#judge.judge(meaning) !== 'shown') return false
    this.places.read(meaning, 0, meaning.length)
    this.#settle()
    return true
  }

  /** A copy of an object. Text that is not a copy is masked as plain text. */
  #escapedCopy(text: Buffer, from: number, to: number): boolean {
    const left = this.#maskCopy(text)
    if (left === undefined) {
      this.#asText = !this.#escapedText(text)
      return !this.#asText
    }
    if (!left.equals(text)) this.#written.replace(from, to, escapedBytes(left))
    this.places.read(text, 0, text.length)
    this.#settle()
    return true
  }

  #isCleanItem(from: number, to: number): boolean {
    if (this.#plain === 0 || !this.places.inFieldSet || !this.#items.isClean(this.#chunk, from, to)) return false
    this.places.enterItem()
    return true
  }

  #escapedKey(meaning: Buffer, from: number, to: number): boolean {
    const name = Buffer.from(meaning)
    if (this.places.inFieldSet) {
      const text = name.toString()
      const left = this.#items.mask(text, this.#hiddenItems(), this.#chunk.subarray(from, to))
      if (left !== text) this.#written.replace(from, to, escapedText(left))
    }
    this.#enter(name, 0, name.length)
    return true
  }

  /** The items quoted by keys of this object that a policy hides. */
  #hiddenItems(): HiddenItems | undefined {
    return this.#plain > 0 ? undefined : this.#shapes.last?.items
  }

  begin(key: boolean, at: number): void {
    if (this.#hidden > 0) return
    this.#written.upTo(at)
    if (key) this.#string = this.places.inFieldSet ? 'item' : 'key'
    else this.#string = this.#asText ? 'pass' : this.#roleOfValue()
    this.#asText = false
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
    this.#written.skipTo(at)
    const text = this.#strings.finish()
    const bytes = Buffer.from(text)
    if (role === 'item') this.#out.add(escapedText(this.#items.mask(text, this.#hiddenItems())))
    if (role === 'key' || role === 'item') this.#enter(bytes, 0, bytes.length)
    else {
      this.places.read(bytes, 0, bytes.length)
      if (role === 'name' || role === 'namespace') this.#reader.identify(role, text)
      this.#settle()
    }
  }

  literal(text: string, from: number, to: number): void {
    if (this.#hidden > 0) return
    const { scalar } = this.#shapes.next
    if (scalar === undefined || (scalar === 'mask' && text !== 'null')) throw new CannotMask('a number or truth value where a Secret has none')
    if (scalar === 'mask') this.#written.replace(from, to, `"${this.#shown.of('')}"`)
    else if (scalar === 'zero' && isNumber(text)) this.#written.replace(from, to, '0')
    else if (to - from < text.length) this.#written.replace(from, to, text)
    this.places.skip()
    this.#settle()
  }

  literalCut(from: number): void {
    if (this.#hidden > 0) return
    this.#written.upTo(from)
    this.#written.skipTo(this.#chunk.length)
  }

  /** Writes a string of this chunk with its known values masked. */
  #mask(from: number, to: number): void {
    this.#written.upTo(from)
    this.#filter.begin()
    this.#filter.read(this.#chunk, from, to)
    this.#filter.end()
    this.#written.skipTo(to)
  }

  /** Called after a value. */
  #settle(): void {
    this.places.settle()
    this.#shapes.settle()
  }

  /** Handles a complete string of this chunk whose role needs the whole text. */
  #slowly(role: StringRole, from: number, to: number): void {
    this.#written.upTo(from)
    this.#string = role
    this.#strings.begin(role)
    this.#strings.part(this.#chunk, from, to)
    this.finish(to)
  }

  #passed(from: number, to: number): void {
    const weak = this.#judge.isWeak(this.#chunk, from, to) && this.places.besideCredential
    if (!weak && isPacked(this.#chunk, from, to)) {
      this.#slowly('packed', from, to)
      return
    }
    if (weak) this.#written.replace(from, to, MASK_TEXT)
    else if (!this.#filter.clean(from, to) && !this.#judge.keeps(this.#chunk, from, to)) this.#mask(from, to)
    this.places.read(this.#chunk, from, to)
    this.#settle()
  }

  #enter(name: Buffer, from: number, to: number): void {
    if (this.#plain > 0) return this.places.enter(name, from, to)
    const shape = this.#shapes.enter(name, from, to)
    if (!this.#shapes.isSettled) this.places.enter(name, from, to)
    if (!shape.named) return
    if (to - from > MAX_KEY_LENGTH) throw new CannotMask('a key is too long')
    this.#reader.key = name.toString('utf8', from, to)
  }

  #roleOfValue(): StringRole {
    return roleOfValue({ shapes: this.#shapes, positions: this.places, reader: this.#reader })
  }
}
