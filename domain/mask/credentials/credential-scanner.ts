/**
 * Finds weak values of Secrets next to the name of a credential in a stream of text: `PASSWORD=postgres`, `password: "postgres"`,
 * `\"password\":\"postgres\"`, `--password postgres`, `?password=postgres&…`, and the password of a URL, `://user:postgres@`. The value
 * must be a weak value from its first byte to its last. Like the token scanner, it reports the spans found and how many of the last bytes
 * may still become one. It holds at most one name and one value.
 *
 * NOT found: a value on the line below its name, a value with escapes other than percent encoding, a value without quotes that has more
 * than three blanks or commas, and a value next to a name that does not indicate a credential (`-p postgres`).
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
  type NameSpan,
} from './credential-skip.ts'
import { MAX_NAME, namesCredential } from './name-check.ts'
import { closingFor, endsUserinfo, WeakValue } from './weak-value.ts'

const BACKSLASH = 0x5c
const COLON = 0x3a
const SLASH = 0x2f
const AT = 0x40
const EQUALS = 0x3d
const GREATER = 0x3e
/** Maximum length of a URL's user. */
const MAX_USER = 128

const NOTHING = 0
/** States: inside a possible name; after the name of a credential; after the separator before its value; inside a URL's user. */
const NAME = 1
const AFTER = 2
const BEFORE = 3
const USER = 4

export class CredentialScanner {
  /** Weak values as [from, to) pairs, in order. The consumer removes them. */
  readonly spans: number[] = []
  /** Bytes read since the last reset. */
  position = 0
  readonly #weak: WeakValues
  readonly #value: WeakValue
  readonly #found: NameSpan = { from: 0, to: 0 }
  #state = NOTHING
  #name = ''
  /** How many characters of `://` end at the current byte. */
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

  /** How many of the last bytes may become a weak value next to its name. */
  get live(): number {
    return this.#value.length
  }

  /** The text is complete and ends here. */
  finish(): void {
    const { length } = this.#value
    if (this.#value.finish()) this.spans.push(this.position - length, this.position)
    this.#state = NOTHING
    this.#scheme = 0
  }

  /** The text was cut off here: the beginning of a weak value does not count as a value. */
  takeLive(): void {
    this.finish()
  }

  /** The offset up to which bytes[from, to) contain no name that may have a value; `from` is the beginning of a text. */
  quiet(bytes: Uint8Array, from: number, to: number): number {
    if (this.#weak.longest === 0) return Infinity
    return skipToCredential(bytes, { from, to }, this.#found) ? this.#found.from : to
  }

  /** Whether bytes[from, to), a complete text, certainly contain no value next to a name. False does not mean that there is one. */
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

  /** A `:` or `:/` at the end of the bytes may become `://`. */
  #endScheme(bytes: Uint8Array, from: number, to: number): void {
    for (let at = Math.max(from, to - 2); at < to; at++) this.#scheme = schemeAfter(this.#scheme, bytes[at] as number)
  }

  /** Continues byte by byte until a skip is possible again. Returns the offset reached. */
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
    if (end - from <= MAX_NAME) this.#extend(latin1(bytes, from, end))
    else this.#extend(latin1(bytes, from, from + 1) + latin1(bytes, end + 1 - MAX_NAME, end))
    return end
  }

  #extend(text: string): void {
    const whole = this.#state === NAME ? this.#name + text : text
    // Keep the first character of a long name: it shows whether the name is a flag.
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

  /** After `--password `, the value begins with the next byte that is not a separator. */
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

  /** A value without quotes begins with this byte, which may also begin a name. */
  #begin(byte: number, closing: number): void {
    this.#state = NOTHING
    this.#value.begin(closing)
    this.#value.read(byte)
    if (inName(byte)) this.#extend(String.fromCharCode(byte))
  }
}

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')

const SCHEME = 3
const TWO = 2

/** How many characters of `://` end with this byte. */
function schemeAfter(before: number, byte: number): number {
  if (byte === COLON) return 1
  return byte === SLASH && (before === 1 || before === TWO) ? before + 1 : 0
}
