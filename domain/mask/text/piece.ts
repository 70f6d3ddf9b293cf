const nothing: Buffer = Buffer.alloc(0)

/** bytes[from, to), whose first byte is at position `at` of the run. */
export type TextPiece = { readonly bytes: Buffer; readonly from: number; readonly to: number; readonly at: number }

export const noPiece = (at: number): TextPiece => ({ bytes: nothing, from: 0, to: 0, at })

/** The part of a piece between two positions, as far as the piece contains it. */
export function within({ bytes, from, to: end, at }: TextPiece, begin: number, stop: number): Buffer {
  const first = Math.max(begin, at) - at + from
  const last = Math.min(stop - at + from, end)
  return last <= first ? nothing : bytes.subarray(first, last)
}
