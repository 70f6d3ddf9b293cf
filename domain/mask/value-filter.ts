/**
 * Replaces known values in one run of text and holds back exactly the bytes that may still become one. The text may come partly
 * as escapes whose bytes on the wire (raw) differ from what they mean: known values are found in the meaning, and what is left
 * alone leaves as it came.
 */
import { MASK_TEXT } from './mask-text.ts'
import { Matcher } from './matcher.ts'
import type { Automaton } from './automaton.ts'
import type { Output } from './output.ts'

const mask = Buffer.from(MASK_TEXT)
const nothing: Buffer = Buffer.alloc(0)
/** At the end of a stream a beginning this long is masked: the rest may have been cut off on purpose. */
const TELLING_PREFIX = 8
/** What a pause may release: a few keys typed in a terminal, never enough of a value to be of use. */
const RELEASABLE = 4

export class ValueFilter {
  readonly #matcher: Matcher
  readonly #out: Output
  /** Raw bytes of the meaning from #heldFrom to the matcher's position; #widths has the raw width of each byte of meaning. */
  #held = nothing
  #widths: number[] | undefined
  /** Everything before it is written or masked. */
  #cursor = 0
  #maskedTo = 0

  constructor(automaton: Automaton, out: Output) {
    this.#matcher = new Matcher(automaton)
    this.#out = out
  }

  begin(): void {
    this.#matcher.reset()
    this.#held = nothing
    this.#widths = undefined
    this.#cursor = 0
    this.#maskedTo = 0
  }

  /** Whether a whole run holds no known value. Ends any run in progress. */
  clean(bytes: Buffer, from: number, to: number): boolean {
    if (to - from < 8) return true
    this.#matcher.reset()
    this.#matcher.read(bytes, from, to, true)
    return this.#matcher.spans.length === 0
  }

  read(bytes: Buffer, from: number, to: number): void {
    this.#matcher.read(bytes, from, to)
    this.#write(bytes, from, to, this.#matcher.position - this.#matcher.live)
  }

  readEscape(raw: Buffer, meaning: Buffer): void {
    const widths = (this.#widths ??= new Array<number>(this.#held.length).fill(1))
    this.#held = Buffer.concat([this.#held, raw])
    for (let at = 0; at < meaning.length; at++) widths.push(at === 0 ? raw.length : 0)
    this.#matcher.read(meaning, 0, meaning.length)
    this.#write(nothing, 0, 0, this.#matcher.position - this.#matcher.live)
  }

  /** Writes the rest of a run that ended by itself. */
  end(): void {
    this.#write(nothing, 0, 0, this.#matcher.position)
  }

  /** Writes the rest of a stream that may have been cut off anywhere. */
  endOfStream(): void {
    if (this.#matcher.live >= TELLING_PREFIX) this.#matcher.takeLive()
    this.end()
  }

  /** Writes held bytes after a pause, when they are too few to tell anything. */
  release(): void {
    if (this.#matcher.live < RELEASABLE) this.#write(nothing, 0, 0, this.#matcher.position)
  }

  /** Decides everything before `safe`; bytes[from, to) follow the held ones. */
  #write(bytes: Buffer, from: number, to: number, safe: number): void {
    const bytesAt = this.#matcher.position - (to - from)
    const { spans } = this.#matcher
    let done = 0
    while (done < spans.length && (spans[done] as number) <= safe) {
      const start = spans[done] as number
      if (start >= this.#maskedTo) {
        this.#copy(bytes, from - bytesAt, bytesAt, start)
        this.#out.add(mask)
      }
      this.#maskedTo = Math.max(this.#maskedTo, spans[done + 1] as number)
      done += 2
      this.#skip(bytesAt, this.#maskedTo)
    }
    if (done > 0) spans.splice(0, done)
    this.#copy(bytes, from - bytesAt, bytesAt, safe)
    const kept = from + Math.max(0, this.#cursor - bytesAt)
    if (kept < to) this.#keep(bytes.subarray(kept, to))
  }

  /** Copies from the cursor up to a position; `shift` turns a position into an offset in bytes. */
  #copy(bytes: Buffer, shift: number, bytesAt: number, to: number): void {
    if (to <= this.#cursor) return
    if (this.#cursor < bytesAt) this.#out.add(this.#take(Math.min(to, bytesAt) - this.#cursor))
    if (to > bytesAt) this.#out.slice(bytes, Math.max(this.#cursor, bytesAt) + shift, to + shift)
    this.#cursor = to
  }

  #skip(bytesAt: number, to: number): void {
    if (to <= this.#cursor) return
    if (this.#cursor < bytesAt) this.#take(Math.min(to, bytesAt) - this.#cursor)
    this.#cursor = to
  }

  /** Takes so many bytes of meaning off the front of what is held. */
  #take(count: number): Buffer {
    const width = this.#widths === undefined ? count : this.#widths.splice(0, count).reduce((sum, each) => sum + each, 0)
    const taken = this.#held.subarray(0, width)
    this.#held = this.#held.subarray(width)
    if (this.#held.length === 0) {
      this.#held = nothing
      this.#widths = undefined
    }
    return taken
  }

  /** A copy, so that a held byte does not keep a whole chunk alive. */
  #keep(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes])
    if (this.#widths !== undefined) for (let at = 0; at < bytes.length; at++) this.#widths.push(1)
  }
}
