/** Masks strings that a chunk boundary cuts or that contain escapes. They arrive and leave in parts, and their role decides how. */
import { CannotMask } from '../../cannot-mask.ts'
import { hideInCopy } from '../../secret/field-copy.ts'
import { maskEmbedded } from '../../secret/embedded-object.ts'
import { maskRelease, releasedIn } from '../../secret/helm-release.ts'
import { maskPacked, PACKED } from '../../secret/packed-text.ts'
import type { MaskerOptions } from '../../masker-options.ts'
import { MAX_REFERENCE } from '../../positions/reference-text.ts'
import { MASK_TEXT } from '../../secret/mask-text.ts'
import { escapedBytes, MAX_COPY, type MaskCopy } from '../copied-object.ts'
import type { Output } from '../output.ts'
import type { SecretLocator } from '../fields/field-reader.ts'
import type { Fingerprint } from '../../secret/placeholders.ts'
import type { Role } from '../fields/shapes.ts'
import type { ShownValues } from './shown-values.ts'
import type { ValueFilter } from '../../text/value-filter.ts'

/**
 * `item` is a key of FieldsV1, `release` a Secret value that contains a Helm release, `packed` a compressed string elsewhere, `opening` a
 * string of which too little has been read to classify it, `copy` an annotation that contains a copy of its object, and `field-and-copy`
 * such an annotation where a policy hides fields.
 */
export type StringRole = Role | 'copy' | 'field-and-copy' | 'key' | 'shown' | 'release' | 'packed' | 'opening' | 'item'

const MAX_KEY_LENGTH = 1024
const MAX_ANNOTATION_LENGTH = 4 << 20
const WITHHELD = 'withheld on Secrets: the text could quote a value [jit.access/masked]'
const FILTERED: ReadonlySet<StringRole> = new Set(['pass'])
/** Written unchanged. */
const SHOWN: ReadonlySet<StringRole> = new Set(['key', 'shown', 'name', 'namespace'])
/** Roles that need the whole text at the end, and the maximum length of that text. */
const MAX_TEXT: Partial<Record<StringRole, number>> = {
  key: MAX_KEY_LENGTH,
  name: MAX_KEY_LENGTH,
  namespace: MAX_KEY_LENGTH,
  annotation: MAX_ANNOTATION_LENGTH,
  'field-copy': MAX_ANNOTATION_LENGTH,
  'field-and-copy': MAX_ANNOTATION_LENGTH,
  copy: MAX_COPY,
  'plain-value': MAX_ANNOTATION_LENGTH,
  release: MAX_ANNOTATION_LENGTH,
  packed: MAX_ANNOTATION_LENGTH,
  item: MAX_ANNOTATION_LENGTH,
}

type Part = { readonly raw: Buffer; readonly meaning?: Buffer }
type Tools = {
  readonly options: MaskerOptions
  readonly out: Output
  readonly filter: ValueFilter
  readonly reader: SecretLocator
  readonly shown: ShownValues
  readonly judge: (meaning: Buffer) => StringRole
  readonly maskCopy: MaskCopy
}

export class StringMasker {
  readonly #tools: Tools
  #role: StringRole = 'pass'
  #parts: Part[] = []
  #left = 0
  #fingerprint: Fingerprint | undefined

  constructor(tools: Tools) {
    this.#tools = tools
  }

  begin(role: StringRole): void {
    const { filter, shown } = this.#tools
    this.#role = role
    this.#parts = []
    this.#left = MAX_TEXT[role] ?? 0
    this.#fingerprint = role === 'value' ? shown.open() : undefined
    if (FILTERED.has(role)) filter.begin()
  }

  part(chunk: Buffer, from: number, to: number): void {
    const { out, filter } = this.#tools
    if (this.#role === 'opening') return this.#hold({ raw: Buffer.from(chunk.subarray(from, to)) })
    if (SHOWN.has(this.#role)) out.slice(chunk, from, to)
    else if (this.#role === 'value') this.#fingerprint?.update(chunk.subarray(from, to))
    else {
      if (FILTERED.has(this.#role)) filter.read(chunk, from, to)
    }
    if (MAX_TEXT[this.#role] !== undefined) this.#collect({ raw: Buffer.from(chunk.subarray(from, to)) })
  }

  escape(raw: Buffer, meaning: Buffer): void {
    const { out, filter } = this.#tools
    if (this.#role === 'opening') return this.#hold({ raw, meaning })
    if (SHOWN.has(this.#role)) out.add(raw)
    else if (this.#role === 'value') throw new CannotMask('an escape in a value of a Secret')
    else {
      if (FILTERED.has(this.#role)) filter.readEscape(raw, meaning)
    }
    if (MAX_TEXT[this.#role] !== undefined) this.#collect({ raw, meaning })
  }

  /** Whether only known values are looked for, so that parts and escapes may be delivered together. */
  get takesStretches(): boolean {
    return FILTERED.has(this.#role) && MAX_TEXT[this.#role] === undefined
  }

  /** Returns false if parts and escapes must be delivered one by one. */
  stretch(chunk: Buffer, from: number, to: number): boolean {
    return this.#tools.filter.readStretch(chunk, from, to)
  }

  /** Writes the rest. Returns the decoded string, for roles whose content is needed. */
  finish(): string {
    const { filter } = this.#tools
    let held: Buffer | undefined
    if (this.#role === 'opening') {
      held = this.#meaning()
      this.#replay(this.#tools.judge(held))
    } else if (this.#role === 'copy') {
      held = this.#meaning()
      this.#copy(held)
    }
    if (FILTERED.has(this.#role)) filter.end()
    const text = (held ?? this.#meaning()).toString('utf8')
    this.#writers[this.#role]?.(text)
    this.#parts = []
    return text
  }

  /** What is written at the end of a string, by role. */
  readonly #writers: Partial<Record<StringRole, (text: string) => void>> = {
    value: () => this.#tools.out.text(this.#fingerprint?.end() ?? this.#tools.shown.unvarying()),
    'plain-value': (text) => this.#plainValue(text),
    annotation: (text) => this.#annotation(text),
    'field-copy': (text) => this.#fieldCopy(text, false),
    'field-and-copy': (text) => this.#fieldCopy(text, true),
    release: (text) => this.#release(text),
    packed: (text) => this.#packed(text),
    withheld: () => this.#tools.out.text(WITHHELD),
    token: () => this.#tools.out.text(MASK_TEXT),
  }

  #meaning(): Buffer {
    return Buffer.concat(this.#parts.map(({ raw, meaning }) => meaning ?? raw))
  }

  /**
   * Holds the beginning of a string until it can be classified. If the string gets too long for every other role, its first bytes show
   * whether it is packed.
   */
  #hold(part: Part): void {
    this.#parts.push(part)
    this.#left += (part.meaning ?? part.raw).length
    if (this.#left > MAX_REFERENCE) this.#replayLong()
  }

  #replayLong(): void {
    this.#replay(this.#meaning().subarray(0, PACKED.length).equals(PACKED) ? 'packed' : 'pass')
  }

  #replay(role: StringRole): void {
    const held = this.#parts
    this.begin(role)
    for (const { raw, meaning } of held) {
      if (meaning === undefined) this.part(raw, 0, raw.length)
      else this.escape(raw, meaning)
    }
  }

  #collect(part: Part): void {
    this.#left -= (this.#role === 'copy' ? (part.meaning ?? part.raw) : part.raw).length
    if (this.#left < 0 && this.#role === 'packed') {
      this.#role = 'token'
      this.#parts = []
      return
    }
    if (this.#left < 0 && this.#role === 'key') return
    if (this.#left < 0 && this.#role === 'copy') {
      this.#parts.push(part)
      this.#replayLong()
      return
    }
    if (this.#left < 0) throw new CannotMask('a key, name or annotation is too long')
    this.#parts.push(part)
  }

  #plainValue(text: string): void {
    const { out, shown } = this.#tools
    const base64 = Buffer.from(Buffer.from(text).toString('base64'))
    out.add(Buffer.from(shown.of(base64), 'base64'))
  }

  /** The value is base64 twice: by Helm, and as a Secret value. A value that is not a release is masked whole. */
  #release(text: string): void {
    const { options, out, reader, shown } = this.#tools
    const inner = Buffer.from(text, 'base64').toString('latin1')
    const { codecs, known, placeholders } = options
    const masked =
      codecs === undefined ? undefined : maskRelease(inner, { known, codecs, released: releasedIn(reader.place().namespace, placeholders) })
    if (masked !== undefined) out.text(Buffer.from(masked).toString('base64'))
    else out.text(shown.of(Buffer.from(text)))
  }

  #packed(text: string): void {
    const { options, out } = this.#tools
    out.text(maskPacked(text, options))
  }

  #annotation(text: string): void {
    const { options, reader } = this.#tools
    const shown = (key: string): boolean => reader.isShown(key)
    this.#filtered(text, maskEmbedded(reader.key, text, { place: reader.place(), placeholders: options.placeholders, shown }))
  }

  /** `mayCopy`: the text is also masked as a copy of the object. */
  #fieldCopy(text: string, mayCopy: boolean): void {
    const { options, reader, out, maskCopy } = this.#tools
    const left = hideInCopy(reader.key, text, options.fields ?? [])
    const masked = mayCopy ? maskCopy(Buffer.from(left)) : undefined
    if (masked === undefined) this.#filtered(text, left)
    else if (masked.toString() === text) this.#unchanged()
    else out.add(escapedBytes(masked))
  }

  #copy(text: Buffer): void {
    const { out, maskCopy } = this.#tools
    const left = maskCopy(text)
    // Text that is not a copy of an object continues with another role.
    if (left === undefined) this.#replay(this.#tools.judge(text))
    else if (left.equals(text)) this.#unchanged()
    else out.add(escapedBytes(left))
  }

  /** Writes a collected string unchanged. */
  #unchanged(): void {
    for (const { raw } of this.#parts) this.#tools.out.add(raw)
  }

  /** Writes the remaining text. If nothing was removed, the original bytes are written. */
  #filtered(text: string, left: string): void {
    const { filter } = this.#tools
    filter.begin()
    for (const { raw, meaning } of left === text ? this.#parts : encoded(left)) {
      if (meaning === undefined) filter.read(raw, 0, raw.length)
      else filter.readEscape(raw, meaning)
    }
    filter.end()
  }
}

/** Encodes a text for the inside of a JSON string, split into the parts that a filter reads. */
function encoded(text: string): Part[] {
  return text.split(/(["\\\p{Cc}])/u).map((part, index) => {
    const raw = Buffer.from(JSON.stringify(part).slice(1, -1))
    return index % 2 === 1 ? { raw, meaning: Buffer.from(part) } : { raw }
  })
}
