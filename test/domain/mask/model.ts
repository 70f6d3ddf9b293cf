/** The expected output of masking text, computed in the simplest and slowest way: find each pattern everywhere, and join what overlaps. */
import { piecesOf } from '../../../domain/mask/match/pattern.ts'
import { MASK_TEXT } from '../../../domain/mask/secret/mask-text.ts'

export function maskedByModel(text: Buffer, forms: readonly string[], cutOff = true): Buffer {
  const patterns = forms.flatMap(piecesOf).map((piece) => Buffer.from(piece, 'latin1'))
  const hidden = new Uint8Array(text.length + 1)
  const begins = new Uint8Array(text.length + 1)
  const spans: [number, number][] = []
  for (const pattern of patterns)
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) spans.push([at, at + pattern.length])
  const tail = cutOff ? longestTail(text, patterns) : 0
  if (tail >= 8) spans.push([text.length - tail, text.length])
  spans.sort(([a], [b]) => a - b)
  let end = 0
  for (const [from, to] of spans) {
    if (from > end || (from === 0 && end === 0)) begins[from] = 1
    hidden.fill(1, from, to)
    end = Math.max(end, to)
  }
  const out: Buffer[] = []
  for (let at = 0; at < text.length; at++) {
    if (begins[at] === 1) out.push(Buffer.from(MASK_TEXT))
    if (hidden[at] === 0) out.push(text.subarray(at, at + 1))
  }
  return Buffer.concat(out)
}

/** How many bytes at the end of the text begin a pattern without completing it. */
function longestTail(text: Buffer, patterns: readonly Buffer[]): number {
  let longest = 0
  for (const pattern of patterns)
    for (let length = Math.min(pattern.length - 1, text.length); length > longest; length--)
      if (text.subarray(text.length - length).equals(pattern.subarray(0, length))) longest = length
  return longest
}
