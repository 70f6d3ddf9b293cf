/**
 * Finds weak values of Secrets where they stand beside the name of a credential in a stream of text: `PASSWORD=postgres`,
 * `password: "postgres"`, `\"password\":\"postgres\"`, `--password postgres`, `?password=postgres&…`, and the password of a URL,
 * `://user:postgres@`. The value must be a weak value from its first byte to its last. Like the scanner of tokens it says which spans
 * they are and how many of the last bytes may still become one, and holds no more than one name and one value.
 *
 * NOT found: a value on the line below its name, one that is escaped otherwise than by percent encoding, one without quotes that has
 * more than three blanks or commas, and one beside a name that tells nothing (`-p postgres`).
 */
import type { WeakValues } from '../match/weak-values.ts'
import {
  blank,
  endOfName,
  inName,
  isFlag,
  skipToCredential,
  MAX_BETWEEN,
  quotes,
  separatesArgument,
  separatesValue,
  type Named,
} from './credential-skip.ts'
import { MAX_NAME, namesCredential } from './name-check.ts'
import { closingFor, endsUserinfo, WeakValue } from './weak-value.ts'

const BACKSLASH = 0x5c
const COLON = 0x3a
const SLASH = 0x2f
const AT = 0x40
const EQUALS = 0x3d
const GREATER = 0x3e
/** A URL's user is no longer. */
const MAX_USER = 128

const NOTHING = 0
/** In what may be a name; behind the name of a credential; behind what separates it from its value; in a URL's user. */
const NAME = 1
const AFTER = 2
const BEFORE = 3
const USER = 4

export class CredentialScanner {
  /** Weak values as [from, to) pairs, in order. Whoever writes takes them off. */
  readonly spans: number[] = []
  /** Bytes read since reset. */
  position = 0
  readonly #weak: WeakValues
  readonly #value: WeakValue
  readonly #found: Named = { from: 0, to: 0 }
  #state = NOTHING
  #name = ''
  /** Of `://`, how much ends here. */
  #scheme = 0
  /** Bytes since the name, the separator or the beginning of the user. */
  #count = 0
  #escaped = false

  constructor(weak: WeakValues) {
    this.#weak = weak
    this.#value = new WeakValue(weak)
  }

  reset(): void {
    if (this.spans.length > 0) this.spans.length = 0
    this.position = 0
    this.#state = NOTHING
    this.#scheme = 0
    this.#name = ''
    this.#value.drop()
  }

  /** How many of the last bytes may become a weak value beside its name. */
  get live(): number {
    return this.#value.length
  }

  /** The text ends here by itself. */
  finish(): void {
    const { length } = this.#value
    if (this.#value.finish()) this.spans.push(this.position - length, this.position)
    this.#state = NOTHING
    this.#scheme = 0
  }

  /** The text was cut off here: a beginning of a weak value is no value. */
  takeLive(): void {
    this.finish()
  }

  /** Up to where in bytes[from, to) no name begins that a value may stand beside; `from` is the beginning of a text. */
  quiet(bytes: Uint8Array, from: number, to: number): number {
    if (this.#weak.longest === 0) return Infinity
    return skipToCredential(bytes, { from, to }, this.#found) ? this.#found.from : to
  }

  /** Whether no value in bytes[from, to), a whole text, stands beside a name. False more often than it is so, never less. */
  isUnnamed(bytes: Uint8Array, from: number, to: number): boolean {
    return this.#weak.longest === 0 || !skipToCredential(bytes, { from, to, whole: true }, this.#found)
  }

  /** Reads bytes[from, to). */
  read(bytes: Uint8Array, from: number, to: number): void {
    if (this.#weak.longest > 0) this.#scan(bytes, from, to)
    this.position += to - from
  }

  #scan(bytes: Uint8Array, from: number, to: number): void {
    let at = from
    while (at < to) {
      if (this.#state === NOTHING && this.#scheme === 0 && !this.#value.open) {
        if (!skipToCredential(bytes, { from: at, to }, this.#found)) {
          this.#endScheme(bytes, at, to)
          return
        }
        at = this.#found.from
        if (this.#found.to === at) this.#state = USER
        this.#count = 0
      }
      at = this.#walk(bytes, { at, to, base: this.position - from })
    }
  }

  /** At the end of the bytes `:` or `:/` may become `://`. */
  #endScheme(bytes: Uint8Array, from: number, to: number): void {
    for (let at = Math.max(from, to - 2); at < to; at++) this.#scheme = schemeAfter(this.#scheme, bytes[at] as number)
  }

  /** Goes on byte by byte until a leap may pay again; says how far. */
  #walk(bytes: Uint8Array, { at: from, to, base }: { readonly at: number; readonly to: number; readonly base: number }): number {
    let at = from
    while (at < to) {
      if (this.#state <= NAME && !this.#value.open && inName(bytes[at] as number)) at = this.#readName(bytes, at, to)
      else {
        this.#step(bytes[at] as number, base + at)
        at++
      }
      if (this.#state === NOTHING && this.#scheme === 0 && !this.#value.open) return at
    }
    return at
  }

  #readName(bytes: Uint8Array, from: number, to: number): number {
    const end = endOfName(bytes, from, to)
    const begin = Math.max(from, end - MAX_NAME)
    this.#extend(Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin).toString('latin1'))
    return end
  }

  #extend(text: string): void {
    const whole = this.#state === NAME ? this.#name + text : text
    // The first character of a long name still tells whether it is a flag.
    this.#name = whole.length > MAX_NAME ? (whole[0] as string) + whole.slice(1 - MAX_NAME) : whole
    this.#state = NAME
    this.#scheme = 0
  }

  #step(byte: number, at: number): void {
    if (this.#value.open) {
      const { length } = this.#value
      if (this.#value.read(byte)) this.spans.push(at - length, at)
    }
    this.#follow(byte)
    this.#scheme = schemeAfter(this.#scheme, byte)
    if (this.#scheme !== SCHEME) return
    this.#scheme = 0
    this.#state = USER
    this.#count = 0
  }

  #follow(byte: number): void {
    if (this.#state === USER) this.#inUser(byte)
    else if (this.#state === BEFORE) this.#beforeValue(byte)
    else if (inName(byte) && !(this.#state === AFTER && this.#flagValue(byte))) this.#extend(String.fromCharCode(byte))
    else if (this.#state === NAME) this.#afterName(byte)
    else if (this.#state === AFTER) this.#between(byte)
  }

  #afterName(byte: number): void {
    const separated = separatesValue(byte) || quotes(byte) || blank(byte) || (isFlag(this.#name) && separatesArgument(byte))
    this.#state = separated && namesCredential(this.#name) ? AFTER : NOTHING
    this.#count = 0
    this.#escaped = false
    if (this.#state === AFTER) this.#between(byte)
  }

  #between(byte: number): void {
    if (separatesValue(byte)) {
      this.#state = BEFORE
      this.#count = 0
      this.#escaped = false
    } else if (++this.#count > MAX_BETWEEN) this.#state = NOTHING
    else if (!quotes(byte) && !blank(byte) && !(isFlag(this.#name) && separatesArgument(byte))) {
      this.#state = NOTHING
      this.#flagValue(byte)
    }
  }

  /** Behind `--password ` the value begins with the next byte that separates nothing. */
  #flagValue(byte: number): boolean {
    if (!isFlag(this.#name) || this.#count === 0) return false
    this.#begin(byte, 0)
    return true
  }

  #beforeValue(byte: number): void {
    if (++this.#count > MAX_BETWEEN) this.#state = NOTHING
    else if (byte === BACKSLASH) this.#escaped = true
    else if (quotes(byte)) {
      this.#state = NOTHING
      this.#value.begin(closingFor(byte, this.#escaped))
    } else if (!blank(byte) && byte !== EQUALS && byte !== GREATER) this.#begin(byte, 0)
  }

  #inUser(byte: number): void {
    if (byte === COLON) {
      this.#state = NOTHING
      this.#value.begin(AT)
    } else if (endsUserinfo(byte) || byte === AT || quotes(byte) || ++this.#count > MAX_USER) this.#state = NOTHING
  }

  /** A value without quotes begins with this byte, which may begin a name too. */
  #begin(byte: number, closing: number): void {
    this.#state = NOTHING
    this.#value.begin(closing)
    this.#value.read(byte)
    if (inName(byte)) this.#extend(String.fromCharCode(byte))
  }
}

const SCHEME = 3
const TWO = 2

/** How much of `://` ends with this byte. */
function schemeAfter(before: number, byte: number): number {
  if (byte === COLON) return 1
  return byte === SLASH && (before === 1 || before === TWO) ? before + 1 : 0
}
