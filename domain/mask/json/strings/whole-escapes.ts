/**
 * Decodes text with JSON escapes that is completely at hand. Every object has such strings (keys in `managedFields` are JSON within JSON),
 * and decoding them escape by escape costs ten times as much.
 */
import { shortEscape } from './json-escapes.ts'

const BACKSLASH = 0x5c
const SMALL_U = 0x75
const SHORT = 2
const UNIT = 6
const SMALLEST = 4096
/** An unpaired surrogate becomes this character in UTF-8. */
const REPLACEMENT = 0xfffd

/** Reused: the result is valid only until the next call. */
let memory = Buffer.allocUnsafeSlow(SMALLEST)

/**
 * Decodes chunk[from, to) to UTF-8. The result is valid until the next call. Returns undefined if an escape is malformed or incomplete.
 * @param widths receives, for each decoded byte, the number of chunk bytes that it stands for: the first byte of an escape counts for all
 * of it, the others for 0
 */
export function meaningOf(chunk: Buffer, { from, to }: { readonly from: number; readonly to: number }, widths?: number[]): Buffer | undefined {
  if (memory.length < to - from) memory = Buffer.allocUnsafeSlow(2 * (to - from))
  let length = 0
  for (let at = from; at < to;) {
    const byte = chunk[at] as number
    const escaped = byte === BACKSLASH
    const width = escaped ? widthAt(chunk, at) : 1
    if (at + width > to) return undefined
    if (!escaped) memory[length] = byte
    const end = escaped ? writeEscape(chunk, { at, width }, length) : length + 1
    if (end < 0) return undefined
    if (widths !== undefined) addWidths(widths, width, end - length)
    length = end
    at += width
  }
  return memory.subarray(0, length)
}

function addWidths(widths: number[], width: number, bytes: number): void {
  widths.push(width)
  for (let each = 1; each < bytes; each++) widths.push(0)
}

type Escape = { readonly at: number; readonly width: number }

/** Writes a decoded escape. Returns the offset after it, or -1. */
function writeEscape(chunk: Buffer, { at, width }: Escape, length: number): number {
  if (width !== SHORT) return writeUnits(chunk, { at, width }, length)
  const meaning = shortEscape(chunk, at)?.meaning[0]
  if (meaning === undefined) return -1
  memory[length] = meaning
  return length + 1
}

/** The same for `\uXXXX`, or for two of them that form a surrogate pair. */
function writeUnits(chunk: Buffer, { at, width }: Escape, length: number): number {
  const unit = unitAt(chunk, at)
  if (unit < 0) return -1
  const pair = width > UNIT
  const code = pair ? 0x10000 + ((unit & 0x3ff) << 10) + (unitAt(chunk, at + UNIT) & 0x3ff) : isHalf(unit) ? REPLACEMENT : unit
  return length + memory.write(String.fromCodePoint(code), length, 'utf8')
}

/** Length of an escape. A numeric escape that begins a surrogate pair includes the other half. */
function widthAt(chunk: Buffer, at: number): number {
  if (chunk[at + 1] !== SMALL_U) return SHORT
  const isPair = (unitAt(chunk, at) & ~0x3ff) === 0xd800 && (unitAt(chunk, at + UNIT) & ~0x3ff) === 0xdc00
  return isPair ? 2 * UNIT : UNIT
}

const isHalf = (unit: number): boolean => unit >= 0xd800 && unit < 0xe000

/** The code unit of a numeric escape, or -1. */
function unitAt(chunk: Buffer, at: number): number {
  const text = chunk.toString('latin1', at, at + UNIT)
  return /^\\u[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text.slice(2), 16) : -1
}
