/** Tracks the position of strings in a document and what it implies; see field-class.ts. Takes three bytes for each level of nesting. */
import { COLUMNS, COPY, COPY_LENGTHS, FREE, NAME, STRUCTURE, VALUE, VALUE_OF_NAME, type FieldClass } from './field-class.ts'
import { LevelBytes } from '../json/bytes/level-bytes.ts'
import { fieldAt, isNaming } from './field-table.ts'
import { arrayIn, IN_CELLS, IN_COLUMNS, IN_DOCUMENT, IN_ENTRY, IN_FREE, IN_METADATA, IN_SET, IN_STRUCTURE, objectIn } from './object-state.ts'
import { looksLikeCell, looksLikeName, tellsNothing } from './reference-text.ts'
import { TableColumns } from './table-columns.ts'

const HYPHEN = 0x2d
const EQUALS = 0x3d

/** Flag in the record of an array: its elements are next to the name of a credential. */
const CREDENTIAL = 0x80
/** For a field in FieldsV1 whose name is not looked up yet. */
const LATER = 0x7f
const nothing: Buffer = Buffer.alloc(0)

export class Positions {
  readonly #columns = new TableColumns()
  readonly #states = new LevelBytes()
  readonly #arrays = new LevelBytes()
  /** For each open object: 1 if its `name` is the name of a credential. */
  readonly #named = new LevelBytes()
  #depth = 0
  /** What the open object is. */
  #state = IN_DOCUMENT
  /** Whether the field of the next value is not looked up yet. For most values the class does not matter. */
  #isLater = false
  #key: Buffer = nothing
  #keyFrom = 0
  #keyTo = 0
  #of: FieldClass = VALUE
  #credential = false
  #names = false
  #field = ''
  /** The last text under `name`, and the depth of its object; 0 once it is looked up or the object is closed. */
  #name: Buffer = nothing
  #nameFrom = 0
  #nameTo = 0
  #nameAt = 0
  /** Depth of the array whose last element was a flag, `--password`; 0 if there is none. */
  #flag = 0
  #cell = 0
  /** The last `f:name` in FieldsV1, and the depth of what is below it; 0 before the first. */
  #later: Buffer = nothing
  #laterFrom = 0
  #laterTo = 0
  #laterAt = 0

  /** Whether the next string or literal matters even if it contains nothing to hide. */
  get mustReport(): boolean {
    return this.#flag !== 0 || this.#state === IN_CELLS || this.#state === IN_COLUMNS
  }

  /** Whether the next value is next to the name of a credential. */
  get besideCredential(): boolean {
    this.#lookUp()
    return this.#credential || (this.#flag !== 0 && this.#flag === this.#depth)
  }

  /** Whether the next value may contain a copy of its object. */
  get isCopy(): boolean {
    if (this.#isLater && !COPY_LENGTHS.has(this.#keyTo - this.#keyFrom)) return false
    this.#lookUp()
    return this.#of === COPY
  }

  /** Whether FieldsV1 keys keep items of the open list that look like names. */
  get hasNames(): boolean {
    const of = this.#listOf()
    return of === NAME || of === STRUCTURE
  }

  /** Whether a FieldsV1 key keeps an item of the open list. */
  keepsItem(text: string): boolean {
    return this.hasNames && looksLikeName(text)
  }

  /** Whether the keys of this object are FieldsV1: they name fields and quote items of sets and lists. */
  get inFieldSet(): boolean {
    return this.#state === IN_SET
  }

  /** The memory of `name` must not change before the end of the chunk. */
  enter(name: Buffer, from: number, to: number): void {
    if (this.#state === IN_SET) return this.#enterField(name, from, to)
    this.#isLater = true
    this.#key = name
    this.#keyFrom = from
    this.#keyTo = to
    this.#names = isNaming(name, from, to)
    if (this.#state === IN_COLUMNS) this.#field = name.toString('utf8', from, to)
  }

  /** Looks up the field of the next value. */
  #lookUp(): void {
    if (!this.#isLater) return
    this.#isLater = false
    const { of, credential } = fieldAt(this.#key, this.#keyFrom, this.#keyTo)
    this.#of = of
    // `key` alone, which may have a sibling `value`, identifies a part of a Secret.
    this.#credential = (credential && !this.#names) || (of === VALUE_OF_NAME && this.#isNamed())
  }

  /** Whether this object has the name of a credential. */
  #isNamed(): boolean {
    this.#lookUpName()
    return this.#depth > 0 && this.#named.at(this.#depth) === 1
  }

  #lookUpName(): void {
    if (this.#nameAt > 0 && this.#nameAt <= this.#depth && fieldAt(this.#name, this.#nameFrom, this.#nameTo).credential)
      this.#named.set(this.#nameAt, 1)
    this.#nameAt = 0
  }

  /** An item of FieldsV1, `k:…` or `v:…`, has the class of its list. */
  enterItem(): void {
    this.#of = this.#listOf()
  }

  /** `f:name` has the class of the field. Only items need it and few fields have items, so the name is looked up at the first item. */
  #enterField(name: Buffer, from: number, to: number): void {
    if (name[from] !== 0x66 || name[from + 1] !== 0x3a) return this.enterItem()
    this.#of = LATER
    this.#later = name
    this.#laterFrom = from + 2
    this.#laterTo = to
    this.#laterAt = this.#depth + 1
  }

  /** The class of the list whose items the keys of this object are. A field with both subfields and items is malformed and has no names. */
  #listOf(): FieldClass {
    const of = this.#arrays.at(this.#depth) & ~CREDENTIAL
    if (of !== LATER) return of
    const found = this.#laterAt === this.#depth ? fieldAt(this.#later, this.#laterFrom, this.#laterTo).of : VALUE
    this.#arrays.set(this.#depth, found)
    return found
  }

  /** The memory of names read so far is about to be reused. */
  endOfChunk(): void {
    this.#lookUpName()
    this.#lookUp()
    if (this.#laterAt === 0 || this.#state !== IN_SET) return
    this.#later = Buffer.from(this.#later.subarray(this.#laterFrom, this.#laterTo))
    this.#laterTo -= this.#laterFrom
    this.#laterFrom = 0
  }

  open(array: boolean): void {
    const state = this.#state
    if (state === IN_SET && !array) return this.#openFieldSet()
    this.#lookUp()
    const next = this.#depth === 0 ? IN_DOCUMENT : array ? arrayIn(state, this.#of) : objectIn(state, this.#of)
    this.#openCells(state, next)
    this.#openColumns(array, state, next)
    this.#flag = 0
    this.#depth++
    if (this.#nameAt >= this.#depth) this.#nameAt = 0
    this.#named.set(this.#depth, 0)
    this.#state = next
    this.#states.set(this.#depth, next)
    this.#arrays.set(this.#depth, array || next === IN_SET ? this.#of | (this.#credential ? CREDENTIAL : 0) : 0)
    this.#names = false
    if (!array) this.#credential = false
  }

  #openCells(state: number, next: number): void {
    if (state === IN_CELLS) this.#cell++
    else if (next === IN_CELLS) this.#cell = 0
  }

  /** Everything below FieldsV1 is FieldsV1. */
  #openFieldSet(): void {
    this.#depth++
    this.#states.set(this.#depth, IN_SET)
    this.#arrays.set(this.#depth, this.#of)
  }

  #openColumns(array: boolean, state: number, next: number): void {
    if (next === IN_COLUMNS) this.#columns.begin()
    else if (array && state === IN_DOCUMENT && this.#of === COLUMNS) this.#columns.forget()
  }

  close(): void {
    this.#depth--
    this.#state = this.#states.at(this.#depth)
    this.settle()
  }

  /** After a value: restores the class of the next value of an array. */
  settle(): void {
    const record = this.#arrays.at(this.#depth)
    this.#of = record & ~CREDENTIAL
    this.#credential = (record & CREDENTIAL) !== 0
    this.#names = false
    this.#isLater = false
  }

  /** A number, boolean or null was read. */
  skip(): void {
    if (this.#state === IN_CELLS) this.#cell++
    this.#flag = 0
    this.settle()
  }

  /** A string was read; bytes[from, to) are its decoded content, or the beginning of a long one. */
  read(bytes: Buffer, from: number, to: number): void {
    const state = this.#state
    if (state === IN_CELLS) this.#cell++
    else if (state === IN_COLUMNS) this.#columns.read(this.#field, bytes.toString('utf8', from, to))
    if (this.#names && fieldAt(bytes, from, to).credential) this.#named.set(this.#depth, 1)
    this.#flag = isFlag(bytes, from, to) ? this.#depth : 0
    this.settle()
  }

  /** A string of the chunk was read while `hears` was false. */
  pass(bytes: Buffer, from: number, to: number): void {
    if (this.#names) this.#note(bytes, from, to)
  }

  /** Only remembers the text: most names of credentials have no weak value next to them, so they are looked up on demand. */
  #note(bytes: Buffer, from: number, to: number): void {
    // The previous text may belong to an enclosing object.
    this.#lookUpName()
    this.#name = bytes
    this.#nameFrom = from
    this.#nameTo = to
    this.#nameAt = this.#depth
  }

  /** Whether the next string is never changed. */
  keeps(text: string): boolean {
    this.#lookUp()
    const state = this.#state
    if (state === IN_CELLS) return (this.#columns.isNaming(this.#cell) && looksLikeCell(text)) || tellsNothing(text)
    if (state === IN_FREE) return false
    if (state === IN_METADATA) return this.#keepsMetadata(text)
    if (ALWAYS_KEPT.has(state)) return true
    return this.#keepsField(state, text)
  }

  /** Kubernetes has no other fields there than names and times. A program behind a proxied path may have. */
  #keepsMetadata(text: string): boolean {
    if (this.#credential || this.#of === FREE || this.#of === COPY || this.#of === VALUE_OF_NAME) return false
    return this.#of !== VALUE || tellsNothing(text)
  }

  #keepsField(state: number, text: string): boolean {
    if (this.#credential) return false
    if (state === IN_STRUCTURE) return looksLikeName(text) || tellsNothing(text)
    if (this.#of === FREE || this.#of === VALUE_OF_NAME) return false
    const structural = this.#of === NAME || this.#of === STRUCTURE
    return (structural && looksLikeName(text)) || tellsNothing(text)
  }
}

/** `--password`, followed by a value. `--password=x` already contains it. */
function isFlag(bytes: Buffer, from: number, to: number): boolean {
  return to > from && bytes[from] === HYPHEN && fieldAt(bytes, from, to).credential && !bytes.subarray(from, to).includes(EQUALS)
}

/** Structural whatever the string looks like. */
const ALWAYS_KEPT: ReadonlySet<number> = new Set([IN_ENTRY, IN_COLUMNS])
