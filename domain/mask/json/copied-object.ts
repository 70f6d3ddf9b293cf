/**
 * Annotations outside Secrets that contain a JSON copy of their own object (kubectl's last-applied). The copy is masked like the object, by
 * the position of each string, so that names stay and `kubectl apply` finds the parts of the object again. Text that is not an object, is
 * too long, or is nested too deeply in other copies is masked as plain text, where no string is structural.
 */
import { CannotMask } from '../cannot-mask.ts'
import type { Masker } from '../masker-options.ts'

/** Returns the masked copy, or undefined if the text must be masked as plain text. */
export type MaskCopy = (text: Buffer) => Buffer | undefined

/** The API limits all annotations of an object together to this size. */
export const MAX_COPY = 256 << 10
/** Maximum depth of copies within copies. */
const MAX_COPIES = 3
const BRACE = 0x7b

/** `masker` creates the masker for copies at a depth, counted from 1. */
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

/** Escapes bytes for the inside of a JSON string. Bytes that are not valid UTF-8 stay as they are. */
export function escapedBytes(bytes: Buffer): Buffer {
  return Buffer.from(JSON.stringify(bytes.toString('latin1')).slice(1, -1), 'latin1')
}
