/** Where in a document a string stands, and what that says about it: see field-class.ts. One byte or two a level of nesting. */
import {
  CELLS,
  COLUMNS,
  COPY,
  FIELDS_V1,
  FREE,
  MANAGED_FIELDS,
  METADATA,
  NAME,
  OBJECT,
  ROWS,
  STRUCTURE,
  TEMPLATE,
  VALUE,
  VALUE_OF_NAME,
  type FieldClass,
} from './field-class.ts'
import { LevelBytes } from '../json/level-bytes.ts'
import { fieldAt } from './field-table.ts'
import { looksLikeCell, looksLikeName, tellsNothing } from './reference-text.ts'
import { TableColumns } from './table-columns.ts'

/** What an object is, by the fields that it is below. */
const IN_DOCUMENT = 0
const IN_FIELDS = 1
const IN_STRUCTURE = 2
const IN_FREE = 3
const IN_METADATA = 4
const IN_ENTRY = 5
const IN_SET = 6
const IN_COLUMNS = 7
const IN_ROWS = 8
const IN_CELLS = 9

const HYPHEN = 0x2d
const EQUALS = 0x3d

/** In the record of an array: its elements stand beside the name of a credential. */
const CREDENTIAL = 0x80
/** Of a field in FieldsV1: its name is not looked up yet. */
const LATER = 0x7f
const nothing: Buffer = Buffer.alloc(0)

export class Positions {
  readonly #columns = new TableColumns()
  readonly #states = new LevelBytes()
  readonly #arrays = new LevelBytes()
  #depth = 0
  #of: FieldClass = VALUE
  #credential = false
  #names = false
  #field = ''
  /** The last `name` was of a credential, in the object at this depth; 0 when it was not. */
  #pair = 0
  /** The last element was a flag, `--password`, in the array at this depth. */
  #flag = 0
  #cell = 0
  /** The last `f:name` in FieldsV1, and the depth of what is below it; 0 before the first. */
  #later: Buffer = nothing
  #laterFrom = 0
  #laterTo = 0
  #laterAt = 0

  /** Whether the next string matters though nothing in it is known. */
  get hears(): boolean {
    const state = this.#state
    return this.#of === COPY || this.#credential || this.#flag !== 0 || state === IN_CELLS || state === IN_COLUMNS
  }

  /** Whether the next string may be a credential's name: it is read, though nothing in it is known. */
  get notes(): boolean {
    return this.#names
  }

  /** Whether the next value stands beside the name of a credential. */
  get besideCredential(): boolean {
    return this.#credential || (this.#flag !== 0 && this.#flag === this.#depth)
  }

  /** Whether the next value may hold its object once more. */
  get isCopy(): boolean {
    return this.#of === COPY
  }

  /** Whether items of the list that has begun are kept in FieldsV1 keys when they look like names. */
  get hasNames(): boolean {
    const of = this.#listOf()
    return of === NAME || of === STRUCTURE
  }

  /** Whether an item of the list that has begun is kept in a FieldsV1 key. */
  keepsItem(text: string): boolean {
    return this.hasNames && looksLikeName(text)
  }

  /** Whether the keys of this object name fields, and quote items of sets and lists: that of FieldsV1. */
  get inFieldSet(): boolean {
    return this.#state === IN_SET
  }

  get #state(): number {
    return this.#states.at(this.#depth)
  }

  enter(name: Buffer, from: number, to: number): void {
    if (this.#state === IN_SET) return this.#enterField(name, from, to)
    const { of, credential, names } = fieldAt(name, from, to)
    this.#of = of
    this.#names = names
    // `key` alone, beside which a value may stand, says which part of a Secret is meant.
    this.#credential = (credential && !names) || (of === VALUE_OF_NAME && this.#pair === this.#depth && this.#depth > 0)
    if (this.#state === IN_COLUMNS) this.#field = name.toString('utf8', from, to)
  }

  /** An item of FieldsV1, `k:…` or `v:…`, is as its list. */
  enterItem(): void {
    this.#of = this.#listOf()
  }

  /** `f:name` is as the field is, which matters to items alone: few fields have any, so the name is looked up when the first comes. */
  #enterField(name: Buffer, from: number, to: number): void {
    if (name[from] !== 0x66 || name[from + 1] !== 0x3a) return this.enterItem()
    this.#of = LATER
    this.#later = name
    this.#laterFrom = from + 2
    this.#laterTo = to
    this.#laterAt = this.#depth + 1
  }

  /** What the list is whose items the keys of this object are. A field that has both fields and items, which is malformed, has no names. */
  #listOf(): FieldClass {
    const of = this.#arrays.at(this.#depth) & ~CREDENTIAL
    if (of !== LATER) return of
    const found = this.#laterAt === this.#depth ? fieldAt(this.#later, this.#laterFrom, this.#laterTo).of : VALUE
    this.#arrays.set(this.#depth, found)
    return found
  }

  /** The memory of the names so far is about to be used for others. */
  endOfChunk(): void {
    if (this.#laterAt === 0 || this.#state !== IN_SET) return
    this.#later = Buffer.from(this.#later.subarray(this.#laterFrom, this.#laterTo))
    this.#laterTo -= this.#laterFrom
    this.#laterFrom = 0
  }

  open(array: boolean): void {
    const state = this.#state
    if (state === IN_SET && !array) return this.#openFieldSet()
    const next = this.#depth === 0 ? IN_DOCUMENT : array ? arrayIn(state, this.#of) : objectIn(state, this.#of)
    this.#openCells(state, next)
    this.#openColumns(array, state, next)
    this.#flag = 0
    this.#depth++
    if (this.#pair >= this.#depth) this.#pair = 0
    this.#states.set(this.#depth, next)
    this.#arrays.set(this.#depth, array || next === IN_SET ? this.#of | (this.#credential ? CREDENTIAL : 0) : 0)
    this.#names = false
    if (!array) this.#credential = false
  }

  #openCells(state: number, next: number): void {
    if (state === IN_CELLS) this.#cell++
    else if (next === IN_CELLS) this.#cell = 0
  }

  /** Below FieldsV1 there is nothing but more of it. */
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
    this.settle()
  }

  /** After a value: what the next one of an array is. */
  settle(): void {
    const record = this.#arrays.at(this.#depth)
    this.#of = record & ~CREDENTIAL
    this.#credential = (record & CREDENTIAL) !== 0
    this.#names = false
  }

  /** A number or the like has been read. */
  skip(): void {
    if (this.#state === IN_CELLS) this.#cell++
    this.#flag = 0
    this.settle()
  }

  /** A string has been read, whose meaning is bytes[from, to): of a long one the beginning. */
  read(bytes: Buffer, from: number, to: number): void {
    const state = this.#state
    if (state === IN_CELLS) this.#cell++
    else if (state === IN_COLUMNS) this.#columns.read(this.#field, bytes.toString('utf8', from, to))
    if (this.#names && fieldAt(bytes, from, to).credential) this.#pair = this.#depth
    this.#flag = isFlag(bytes, from, to) ? this.#depth : 0
    this.settle()
  }

  /** Whether the next string is never changed. */
  keeps(text: string): boolean {
    const state = this.#state
    if (state === IN_CELLS) return (this.#columns.isNaming(this.#cell) && looksLikeCell(text)) || tellsNothing(text)
    if (state === IN_FREE) return false
    if (ALWAYS_KEPT.has(state)) return this.#of !== FREE && this.#of !== COPY
    return this.#keepsField(state, text)
  }

  #keepsField(state: number, text: string): boolean {
    if (this.#credential) return false
    if (state === IN_STRUCTURE) return looksLikeName(text) || tellsNothing(text)
    if (this.#of === FREE || this.#of === VALUE_OF_NAME) return false
    const structural = this.#of === NAME || this.#of === STRUCTURE
    return (structural && looksLikeName(text)) || tellsNothing(text)
  }
}

/** `--password`, behind which a value stands. `--password=x` has it already. */
function isFlag(bytes: Buffer, from: number, to: number): boolean {
  return to > from && bytes[from] === HYPHEN && fieldAt(bytes, from, to).credential && !bytes.subarray(from, to).includes(EQUALS)
}

/** Whatever a string there looks like. */
const ALWAYS_KEPT: ReadonlySet<number> = new Set([IN_METADATA, IN_ENTRY, IN_COLUMNS])

function arrayIn(state: number, of: FieldClass): number {
  if (state === IN_ROWS && of === CELLS) return IN_CELLS
  return state === IN_CELLS ? IN_FREE : state
}

function objectIn(state: number, of: FieldClass): number {
  return FIXED.get(state)?.(of) ?? inFields(state, of)
}

/** What an object is in those places where its field decides nothing else. */
const FIXED = new Map<number, (of: FieldClass) => number | undefined>([
  [IN_FREE, (of: FieldClass) => (of === TEMPLATE ? IN_FIELDS : IN_FREE)],
  [IN_STRUCTURE, () => IN_STRUCTURE],
  [IN_SET, () => IN_SET],
  [IN_COLUMNS, () => IN_COLUMNS],
  [IN_CELLS, () => IN_FREE],
  [IN_ENTRY, (of: FieldClass) => (of === FIELDS_V1 ? IN_SET : IN_ENTRY)],
  [IN_METADATA, (of: FieldClass) => (of === MANAGED_FIELDS ? IN_ENTRY : undefined)],
])

/** What an object is by its field, wherever it stands. */
const BY_FIELD: ReadonlyMap<FieldClass, number> = new Map([
  [FREE, IN_FREE],
  [COPY, IN_FREE],
  [STRUCTURE, IN_STRUCTURE],
])

function inFields(state: number, of: FieldClass): number {
  const known = BY_FIELD.get(of)
  if (known !== undefined) return known
  if (of === OBJECT) return state === IN_ROWS || state === IN_DOCUMENT ? IN_DOCUMENT : IN_FIELDS
  if (state !== IN_DOCUMENT) return IN_FIELDS
  // A field of this name elsewhere may hold settings (KEDA, Dapr): in it, a string is known by its own field.
  if (of === METADATA) return IN_METADATA
  if (of === COLUMNS) return IN_COLUMNS
  return of === ROWS ? IN_ROWS : IN_FIELDS
}
