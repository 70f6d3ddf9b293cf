/** Reads the value next to the name of a credential byte by byte, until it is a weak value or cannot be one. */
import type { WeakValues } from '../match/weak-values.ts'

const BACKSLASH = 0x5c
const PERCENT = 0x25
const LF = 0x0a
const CR = 0x0d
const AT = 0x40
const SLASH = 0x2f
const QUESTION = 0x3f
const HASH = 0x23
/** A value without quotes may contain blanks and commas. Up to this many of them are tried as its end. */
const MAX_ENDS = 4
/** Percent encoding turns one byte into three. */
const MAX_ENCODED = 3
const isEnd = new Uint8Array(256)
for (const byte of Buffer.from(' \t,;&|"\'`\\)}]<>\u0000')) isEnd[byte] = 1

/** Ends the user and password of a URL before an `@` has occurred. */
export const endsUserinfo = (byte: number): boolean => byte <= 0x20 || byte === SLASH || byte === QUESTION || byte === HASH

/** The byte that ends a value: a quote that matches the opening one, or `@`; 0 for a value without quotes. */
export type ClosingByte = number

export class WeakValue {
  readonly #weak: WeakValues
  #bytes: Buffer = Buffer.alloc(0)
  #closing: ClosingByte = 0
  #length = -1
  #ends = 0
  #encoded = false

  constructor(weak: WeakValues) {
    this.#weak = weak
  }

  /** Bytes of the value so far; 0 if no value is being read. */
  get length(): number {
    return Math.max(0, this.#length)
  }

  get open(): boolean {
    return this.#length >= 0
  }

  begin(closing: ClosingByte): void {
    const most = MAX_ENCODED * this.#weak.longest
    if (this.#bytes.length < most) this.#bytes = Buffer.allocUnsafeSlow(most)
    this.#closing = closing
    this.#length = 0
    this.#ends = 0
    this.#encoded = false
  }

  drop(): void {
    this.#length = -1
  }

  /** Reads the next byte. Returns true if the bytes before it are a weak value. */
  read(byte: number): boolean {
    const ends = this.#endsAt(byte)
    if (ends && (this.#closing !== AT || byte === AT) && this.#isWeak()) {
      this.drop()
      return true
    }
    if (ends && (this.#closing !== 0 || byte === LF || byte === CR || ++this.#ends >= MAX_ENDS)) this.drop()
    else this.#add(byte)
    return false
  }

  /** The text ends here. Returns whether the bytes so far are a weak value. */
  finish(): boolean {
    const found = this.#closing !== AT && this.#isWeak()
    this.drop()
    return found
  }

  #isWeak(): boolean {
    if (this.#length <= 0) return false
    const text = this.#bytes.toString('latin1', 0, this.#length)
    return this.#weak.has(text) || (this.#encoded && this.#weak.has(decoded(text)))
  }

  #endsAt(byte: number): boolean {
    if (byte === LF || byte === CR) return true
    if (this.#closing === 0) return isEnd[byte] === 1
    return byte === this.#closing || (this.#closing === AT && (isEnd[byte] === 1 || endsUserinfo(byte)))
  }

  #add(byte: number): void {
    this.#encoded ||= byte === PERCENT
    const most = (this.#encoded ? MAX_ENCODED : 1) * this.#weak.longest
    if (this.#length >= Math.min(most, this.#bytes.length)) this.drop()
    else this.#bytes[this.#length++] = byte
  }
}

/** The byte that closes a value, from the one or two bytes that opened it: after `\"` it is the backslash of the next `\"`. */
export function closingFor(quote: number, escaped: boolean): ClosingByte {
  return escaped ? BACKSLASH : quote
}

function decoded(text: string): string {
  return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
