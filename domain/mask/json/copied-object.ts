/**
 * Annotations that hold their object once more as JSON text (kubectl's last-applied), outside of Secrets. The copy is masked as the
 * object is, by where in it a string stands, so that names stay and `kubectl apply` finds the parts of the object again. What is no
 * object, is too long or lies too deep in other copies is masked as text, where no string is structural.
 */
import { CannotMask } from '../cannot-mask.ts'
import type { Masker } from '../masker-options.ts'

/** The copy as it may leave; undefined when it is to be masked as text. */
export type MaskCopy = (text: Buffer) => Buffer | undefined

/** The API allows so much in all annotations of an object together. */
export const MAX_COPY = 256 << 10
/** A copy in a copy, and once more in that. */
const MAX_COPIES = 3
const BRACE = 0x7b

/** `masker` makes one for the copies at a depth, counted from 1. */
export function copyMasker(depth: number, masker: (depth: number) => Masker): MaskCopy {
  return (text) => {
    if (depth >= MAX_COPIES || text.length > MAX_COPY || !beginsObject(text)) return undefined
    const { push, end } = masker(depth + 1)
    try {
      return Buffer.concat([push(text), end()])
    } catch (error) {
      if (error instanceof CannotMask) return undefined
      throw error
    }
  }
}

function beginsObject(text: Buffer): boolean {
  let at = 0
  while (text[at] === 0x20 || text[at] === 0x0a || text[at] === 0x0d || text[at] === 0x09) at++
  return text[at] === BRACE
}

/** Bytes as the inside of a JSON string. Those that are no UTF-8 stay as they are. */
export function escapedBytes(bytes: Buffer): Buffer {
  return Buffer.from(JSON.stringify(bytes.toString('latin1')).slice(1, -1), 'latin1')
}
