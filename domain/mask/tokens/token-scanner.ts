/**
 * Finds well-known tokens in a byte stream. Like the matcher of known values, it reports which spans are tokens and how many of the last
 * bytes may still become one. It holds only the few bytes before a run.
 *
 * A token is the beginning of a form (the first that fits) without a letter or digit before it, then all following characters of its class,
 * at least as many as the form needs. Each byte is examined once, whatever the text.
 */
import { ALNUM, BOOTSTRAP, classes, KEY_BEGIN, KEY_LINE, KEY_ON, RUN, type TokenForm, type TokenPart } from './token-table.ts'
import { CONTEXT, contextOf, endOfSet, isColour, skipInRun, skipToRun, MAX_SEPARATORS, separates } from './token-skip.ts'
import { formAt, next } from './token-trie.ts'

/** A token that the end of the stream cuts off is hidden if it has this many characters. */
const TELLING = 8
/** Maximum length of an escape without its backslash: `u003d`. */
const ESCAPE = 5
const DOT = 0x2e
const LF = 0x0a
const BACKSLASH = 0x5c
const PERCENT = 0x25
const HYPHEN = 0x2d

export class TokenScanner {
  /** Tokens as [from, to) pairs, in order. The consumer removes them. A token that continues is reported in overlapping spans. */
  readonly spans: number[] = []
  /** Bytes read since the last reset. */
  position = 0
  /** The last bytes that were read, padded with zeros. */
  readonly #before = new Uint8Array(CONTEXT)
  /** Characters of the run so far; 0 outside. */
  #run = 0
  #lead = 0
  #alnum = false
  #node = 0
  #form: TokenForm | undefined
  #part = 0
  #count = 0
  /** How many characters of the prefix of the part have been read. */
  #begun = 0
  #taken = false
  #start = 0
  /** Blanks since a line of a private key, -1 outside of one; and whether they include a line end. */
  #blanks = -1
  #newline = false

  reset(): void {
    this.spans.length = 0
    this.position = 0
    this.#before.fill(0)
    this.#endRun()
    this.#blanks = -1
  }

  /** How many of the last bytes may become a token. */
  get live(): number {
    return !this.#taken && (this.#node !== 0 || this.#form !== undefined) ? this.position - this.#start : 0
  }

  /** The text is complete and ends here. */
  finish(): void {
    if (this.#form !== undefined && !this.#taken) this.#finish(this.position, 0)
  }

  /** Reports a token that was cut off if enough of it is there. */
  takeLive(): void {
    const form = this.#form
    if (form === undefined || this.#taken || this.#part < form.parts.length - 1) return
    if (this.#count >= TELLING || form.parts.length > 1) this.spans.push(this.#start, this.position)
  }

  /** Reads bytes[from, to). */
  read(chunk: Uint8Array, from: number, to: number): void {
    const bytes = from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to)
    let at = 0
    while (at < bytes.length) {
      if (this.#run === 0 && this.#blanks < 0) at = skipToRun({ bytes, from: at, to: bytes.length }, this.#before)
      if (at < bytes.length) at = this.#walk(bytes, at)
    }
    this.position += bytes.length
    if (this.#taken) {
      this.spans.push(this.#start, this.position)
      // A continuation overlaps by one byte, so that it counts as the same token.
      this.#start = this.position - 1
    }
    this.#remember(bytes)
  }

  /** Processes one run, or the blanks before the next line of a key. */
  #walk(bytes: Uint8Array, from: number): number {
    let at = from
    for (; at < bytes.length && !inRun(bytes[at] as number); at++) if (!this.#blank(bytes[at] as number, this.position + at)) return at + 1
    if (at < bytes.length && this.#run === 0) this.#beginRun(bytes, at)
    while (at < bytes.length) {
      at = this.#hurry(bytes, at)
      if (at >= bytes.length || !inRun(bytes[at] as number)) return at
      this.#character(bytes[at] as number, this.position + at)
      at++
    }
    return at
  }

  /** Skips characters that decide nothing. Returns the offset reached. */
  #hurry(bytes: Uint8Array, from: number): number {
    // The first characters of a run may belong to an escape.
    if (this.#run < ESCAPE || this.#node !== 0) return from
    const to = this.#form === undefined ? skipInRun(bytes, from, this.#alnum) : this.#hurryForm(bytes, from, this.#current())
    if (to === from) return from
    this.#run += to - from
    this.#alnum = ((classes[bytes[to - 1] as number] as number) & ALNUM) !== 0
    return to
  }

  #hurryForm(bytes: Uint8Array, from: number, part: TokenPart): number {
    if (this.#part > 0 && this.#begun < (part.begins ?? '').length) return from
    const most = (part.most ?? part.enough ?? Infinity) - this.#count - 1
    const to = endOfSet(bytes, from, { of: part.of, most: Math.max(0, most) })
    this.#count += to - from
    if (this.#count >= part.least && part.most === undefined && this.#isLast()) this.#taken = true
    return to
  }

  /** Handles a byte outside runs. Returns whether a line of a key may follow, so that nothing may be skipped. */
  #blank(byte: number, at: number): boolean {
    if (this.#run > 0) this.#runEnds(at, byte)
    if (this.#blanks < 0) return false
    this.#blanks = separates(byte) && this.#blanks < MAX_SEPARATORS ? this.#blanks + 1 : -1
    this.#newline ||= byte === LF || byte === BACKSLASH
    return this.#blanks >= 0
  }

  #runEnds(at: number, byte: number): void {
    this.#blanks = this.#isKey() ? 0 : -1
    this.#newline = false
    this.#finish(at, byte)
    this.#endRun()
  }

  #beginRun(bytes: Uint8Array, at: number): void {
    const form = this.#formByContext(bytes, at)
    this.#lead = (at > 0 ? bytes[at - 1] : this.#before.at(-1)) ?? 0
    this.#blanks = -1
    this.#alnum = this.#lead === BACKSLASH || this.#lead === PERCENT
    // The letter of an escaped line end is not part of the key.
    if (form !== undefined) this.#open(form, this.position + at + (this.#lead === BACKSLASH ? 1 : 0))
  }

  #formByContext(bytes: Uint8Array, at: number): TokenForm | undefined {
    if (this.#blanks >= 0) return bytes[at] === HYPHEN ? undefined : this.#newline ? KEY_LINE : KEY_ON
    const context = contextOf(bytes, at, this.#before)
    return context === 'key' ? KEY_BEGIN : context === 'bootstrap' ? BOOTSTRAP : undefined
  }

  #character(byte: number, at: number): void {
    if (this.#form !== undefined) {
      if (at >= this.#start) this.#follow(byte, at)
    } else if (this.#node !== 0) this.#step(byte)
    if (this.#form === undefined && this.#node === 0 && !this.#alnum) {
      this.#start = at
      this.#node = next[byte] as number
    }
    this.#run++
    this.#alnum = ((classes[byte] as number) & ALNUM) !== 0 && !this.#endsEscape(byte)
  }

  /** Whether a word begins after this character of the run although it is a letter: `\n`, `\u003d`, `%3D`, a terminal color. */
  #endsEscape(byte: number): boolean {
    if (this.#lead === BACKSLASH) return this.#run === 1 || this.#run === 5
    return this.#lead === PERCENT ? this.#run === 2 : isColour(byte, this.#run - 1)
  }

  #step(byte: number): void {
    this.#node = next[this.#node * 128 + byte] as number
    const form = formAt[this.#node]
    if (form !== undefined) this.#open(form, this.#start + (form.keeps ?? 0))
  }

  #open(form: TokenForm, start: number): void {
    this.#node = 0
    this.#form = form
    this.#start = start
    this.#part = 0
    this.#count = 0
    this.#begun = 0
    this.#taken = false
  }

  /** Handles the next character of a form. */
  #follow(byte: number, at: number): void {
    const part = this.#current()
    const begins = this.#part === 0 ? '' : (part.begins ?? '')
    if (this.#begun < begins.length) {
      if (begins.charCodeAt(this.#begun++) !== byte) this.#drop()
    } else if (((classes[byte] as number) & part.of) !== 0) this.#more(part)
    else if (byte === DOT && this.#mayGoOn(part)) {
      this.#part++
      this.#count = 0
      this.#begun = 0
    } else this.#finish(at, byte)
  }

  #more(part: TokenPart): void {
    this.#count++
    if (this.#count > (part.most ?? Infinity)) this.#drop()
    else if (this.#count >= (part.enough ?? Infinity)) this.#taken = true
    else if (this.#count >= part.least && part.most === undefined && this.#isLast()) this.#taken = true
  }

  #mayGoOn(part: TokenPart): boolean {
    return !this.#isLast() && !this.#taken && this.#count >= part.least
  }

  /** Ends a form at `byte`, which does not belong to it, and reports the token if the form is complete. */
  #finish(at: number, byte: number): void {
    const form = this.#form
    if (form === undefined) {
      this.#node = 0
      return
    }
    const part = this.#current()
    const whole = this.#isLast() && this.#count >= part.least && ((classes[byte] as number) & ALNUM) === 0
    if (this.#taken || whole) this.spans.push(this.#start, at)
    this.#drop()
  }

  #current(): TokenPart {
    return (this.#form as TokenForm).parts[this.#part] as TokenPart
  }

  #isLast(): boolean {
    return this.#part === (this.#form as TokenForm).parts.length - 1
  }

  #isKey(): boolean {
    const form = this.#form
    return this.#taken && (form === KEY_BEGIN || form === KEY_LINE || form === KEY_ON)
  }

  #drop(): void {
    this.#form = undefined
    this.#node = 0
    this.#taken = false
  }

  #endRun(): void {
    this.#drop()
    this.#run = 0
    this.#alnum = false
  }

  #remember(bytes: Uint8Array): void {
    const { length } = bytes
    if (length < CONTEXT) this.#before.copyWithin(0, length)
    for (let at = Math.max(0, CONTEXT - length), from = Math.max(0, length - CONTEXT); at < CONTEXT; at++, from++)
      this.#before[at] = bytes[from] as number
  }
}

function inRun(byte: number): boolean {
  return ((classes[byte] as number) & RUN) !== 0
}
