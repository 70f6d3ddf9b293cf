/**
 * Masks a stream of JSON by the tables of shapes.ts. What is not replaced leaves as the very bytes that came; memory is constant
 * but for annotations of Secrets, which are held whole (the API bounds them to 256 KiB together).
 */
import { CannotMask } from './cannot-mask.ts'
import { maskEmbedded } from './embedded-object.ts'
import { JsonScanner, type JsonSink } from './json-scanner.ts'
import type { Masker, MaskerOptions } from './masker.ts'
import { MASK_TEXT } from './mask-text.ts'
import { Output } from './output.ts'
import type { Fingerprint, Place } from './placeholders.ts'
import { documents, type JsonKind, type Role, type Shape, type Slot } from './shapes.ts'
import { ValueFilter } from './value-filter.ts'

const LONGEST_KEY = 1024
const LONGEST_ANNOTATION = 4 << 20
const WITHHELD = Buffer.from('withheld on Secrets: the text could quote a value [jit.access/masked]')
const masked = Buffer.from(MASK_TEXT)
const emptyValue = Buffer.alloc(0)
const quote = Buffer.from('"')

export function createJsonMasker(kind: JsonKind, options: MaskerOptions): Masker {
  const { slot, many } = documents[kind]
  const out = new Output()
  const sink = new MaskingSink(slot, options, out)
  const scanner = new JsonScanner(sink, many)
  let failed = false
  const guarded = (work: () => void): Buffer => {
    if (failed) throw new CannotMask('masking has failed before')
    try {
      work()
    } catch (error) {
      failed = true
      throw error
    }
    return out.take()
  }
  return {
    push: (chunk) =>
      guarded(() => {
        scanner.push(chunk)
        sink.endOfChunk(chunk)
      }),
    end: () => guarded(() => scanner.end()),
  }
}

class MaskingSink implements JsonSink {
  readonly #options: MaskerOptions
  readonly #out: Output
  readonly #filter: ValueFilter
  readonly #document: Slot
  readonly #reveal = new Set<string>()
  readonly #shapes: Shape[] = []
  #next: Slot
  #key = ''
  #namespace = ''
  #name = ''
  /** Of the current chunk, what lies before is written. Beyond the chunk while a string is written by its role. */
  #copied = 0
  #role: Role | 'key' | 'shown' = 'pass'
  /** While a string is written by its role, nothing of it is copied. */
  #inString = false
  #held: { raw: Buffer; meaning?: Buffer }[] = []
  #text: string[] | undefined
  #textLength = 0
  #fingerprint: Fingerprint | undefined

  constructor(document: Slot, options: MaskerOptions, out: Output) {
    this.#document = document
    this.#next = document
    this.#options = options
    this.#out = out
    this.#filter = new ValueFilter(options.known.automaton, out)
    for (const { namespace, secret, keys } of options.reveal ?? []) for (const key of keys) this.#reveal.add(`${namespace}/${secret}/${key}`)
  }

  endOfChunk(chunk: Buffer): void {
    if (!this.#inString) this.#copyTo(chunk, chunk.length)
    this.#copied = 0
  }

  open(array: boolean): void {
    const shape = array ? this.#next.array : this.#next.object
    if (shape === undefined) throw new CannotMask(`an ${array ? 'array' : 'object'} where a Secret has none`)
    this.#shapes.push(shape)
    if (shape.elements !== undefined) this.#next = shape.elements
    if (shape.identity) {
      this.#namespace = this.#options.namespace ?? ''
      this.#name = this.#options.name ?? ''
    }
  }

  close(): void {
    this.#shapes.pop()
    this.#settle()
  }

  whole(key: boolean, chunk: Buffer, from: number, to: number): void {
    const role = key ? 'pass' : this.#roleOfValue()
    if (role === 'pass' || role === 'name' || role === 'namespace') {
      if (!this.#filter.clean(chunk, from, to)) {
        this.#copyTo(chunk, from)
        this.#filter.begin()
        this.#filter.read(chunk, from, to)
        this.#filter.end()
        this.#copied = to
      }
      if (key) this.#keyed(chunk, from, to)
      else if (role !== 'pass') this.#identify(role, chunk.toString('utf8', from, to))
    } else if (role === 'value') {
      this.#copyTo(chunk, from)
      this.#out.add(this.#placeholder(chunk.subarray(from, to)))
      this.#copied = to
    } else if (role !== 'shown') {
      this.begin(false, chunk, from)
      this.part(chunk, from, to)
      this.finish(to)
      return
    }
    if (!key) this.#settle()
  }

  begin(key: boolean, chunk: Buffer, at: number): void {
    this.#copyTo(chunk, at)
    this.#inString = true
    this.#held = []
    this.#role = key ? 'key' : this.#roleOfValue()
    this.#text = this.#role === 'pass' || this.#role === 'shown' || (key && this.#shapes.at(-1)?.plain) ? undefined : []
    this.#textLength = 0
    if (this.#role === 'value') this.#fingerprint = this.#options.echo ? undefined : this.#options.placeholders.open(this.#place())
    this.#filter.begin()
  }

  part(chunk: Buffer, from: number, to: number): void {
    this.#copied = to
    if (this.#role === 'shown') this.#out.slice(chunk, from, to)
    else if (this.#role === 'value') this.#fingerprint?.update(chunk.subarray(from, to))
    else {
      if (this.#filtered()) this.#filter.read(chunk, from, to)
      if (this.#role === 'annotation') this.#held.push({ raw: Buffer.from(chunk.subarray(from, to)) })
      if (this.#text !== undefined) this.#collect(chunk.toString('latin1', from, to))
    }
  }

  escape(raw: Buffer, meaning: Buffer): void {
    if (this.#role === 'shown') this.#out.add(raw)
    else if (this.#role === 'value') throw new CannotMask('an escape in a value of a Secret')
    else {
      if (this.#filtered()) this.#filter.readEscape(raw, meaning)
      if (this.#role === 'annotation') this.#held.push({ raw, meaning })
      if (this.#text !== undefined) this.#collect(meaning.toString('latin1'), raw)
    }
  }

  finish(at: number): void {
    this.#copied = at
    this.#inString = false
    const role = this.#role
    if (this.#filtered()) this.#filter.end()
    const text = this.#text === undefined ? '' : Buffer.from(this.#text.join(''), 'latin1').toString('utf8')
    this.#text = undefined
    if (role === 'key') this.#key = text
    if (role === 'key') return this.#enter()
    if (role === 'name' || role === 'namespace') this.#identify(role, text)
    else if (role === 'value') this.#out.add(Buffer.from(this.#fingerprint?.end() ?? this.#options.placeholders.unvarying(this.#place())))
    else if (role === 'plain-value')
      this.#out.add(Buffer.from(this.#placeholder(Buffer.from(Buffer.from(text).toString('base64'))).toString(), 'base64'))
    else if (role === 'withheld') this.#out.add(WITHHELD)
    else if (role === 'token') this.#out.add(masked)
    else if (role === 'annotation') this.#annotation(text)
    this.#settle()
  }

  literal(text: string, chunk: Buffer, from: number, to: number): void {
    const scalar = this.#next.scalar
    const whole = to - from === text.length
    if (scalar === undefined || (scalar === 'mask' && text !== 'null')) throw new CannotMask('a number or truth value where a Secret has none')
    const number = Buffer.from(text)
    const known = scalar === 'pass' && !this.#filter.clean(number, 0, number.length)
    if (whole && scalar === 'pass' && !known) return this.#settle()
    this.#copyTo(chunk, from)
    this.#copied = to
    if (scalar === 'mask') this.#out.add(Buffer.concat([quote, this.#placeholder(emptyValue), quote]))
    else this.#out.add(known ? Buffer.from('0') : number)
    this.#settle()
  }

  literalCut(chunk: Buffer, from: number): void {
    this.#copyTo(chunk, from)
    this.#copied = chunk.length
  }

  #copyTo(chunk: Buffer, to: number): void {
    if (to > this.#copied) this.#out.slice(chunk, this.#copied, to)
    this.#copied = to
  }

  /** After a value: what the next one is, in an array or at the top. */
  #settle(): void {
    const shape = this.#shapes.at(-1)
    if (shape === undefined) this.#next = this.#document
    else if (shape.elements !== undefined) this.#next = shape.elements
  }

  #keyed(chunk: Buffer, from: number, to: number): void {
    const shape = this.#shapes.at(-1) as Shape
    if (shape.plain) {
      this.#next = shape.other as Slot
      return
    }
    if (to - from > LONGEST_KEY) throw new CannotMask('a key is too long')
    this.#key = chunk.toString('utf8', from, to)
    this.#enter()
  }

  #enter(): void {
    const shape = this.#shapes.at(-1) as Shape
    const slot = shape.keys?.get(this.#key) ?? shape.other
    if (slot === undefined) throw new CannotMask('a field that no Secret has')
    this.#next = slot
  }

  #roleOfValue(): Role | 'shown' {
    const role = this.#next.string
    if (role === undefined) throw new CannotMask('a string where a Secret has none')
    const shown = (role === 'value' || role === 'plain-value') && this.#reveal.has(`${this.#namespace}/${this.#name}/${this.#key}`)
    return shown ? 'shown' : role
  }

  #filtered(): boolean {
    return this.#role === 'key' || this.#role === 'pass' || this.#role === 'name' || this.#role === 'namespace'
  }

  #collect(text: string, raw?: Buffer): void {
    this.#textLength += raw?.length ?? text.length
    if (this.#textLength > (this.#role === 'annotation' || this.#role === 'plain-value' ? LONGEST_ANNOTATION : LONGEST_KEY)) {
      if (this.#role === 'withheld' || this.#role === 'token') return
      throw new CannotMask('a key or annotation is too long')
    }
    this.#text?.push(text)
  }

  #identify(role: 'name' | 'namespace', text: string): void {
    const { namespace, name } = this.#options
    const expected = role === 'name' ? name : namespace
    if (expected !== undefined && expected !== '' && expected !== text) throw new CannotMask('an object other than the route names')
    if (role === 'name') this.#name = text
    else this.#namespace = text
  }

  #place(): Place {
    return { namespace: this.#namespace, secret: this.#name, key: this.#key }
  }

  #placeholder(base64: Buffer): Buffer {
    const { placeholders, echo } = this.#options
    return Buffer.from(echo ? placeholders.unvarying(this.#place()) : placeholders.of(this.#place(), base64), 'latin1')
  }

  #annotation(text: string): void {
    const place = this.#place()
    const shown = (key: string): boolean => this.#reveal.has(`${this.#namespace}/${this.#name}/${key}`)
    const left = maskEmbedded(this.#key, text, { place, placeholders: this.#options.placeholders, shown })
    this.#filter.begin()
    for (const { raw, meaning } of left === text ? this.#held : encoded(left)) {
      if (meaning === undefined) this.#filter.read(raw, 0, raw.length)
      else this.#filter.readEscape(raw, meaning)
    }
    this.#filter.end()
    this.#held = []
  }
}

/** A text as the inside of a JSON string, in the parts that a filter reads. */
function encoded(text: string): { raw: Buffer; meaning?: Buffer }[] {
  return text.split(/(["\\\u0000-\u001f])/).map((part, index) => {
    const raw = Buffer.from(JSON.stringify(part).slice(1, -1))
    return index % 2 === 1 ? { raw, meaning: Buffer.from(part) } : { raw }
  })
}
