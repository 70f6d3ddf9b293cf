import { CannotMask, type Masker } from '../../domain/mask/masker.ts'

const NEWLINE = 10
const NOTHING = Buffer.alloc(0)
const MAX_LINE_LENGTH = 1024 * 1024

/**
 * For logs that the client cuts at any byte (`limitBytes`): drops the data after the last newline. Shown, it could be the beginning of a
 * value. Masked only if it is one, it would let a client test guesses of a value letter by letter.
 */
export function createWholeLines(masker: Masker): Masker {
  let rest = NOTHING
  return {
    push: (chunk) => {
      const end = chunk.lastIndexOf(NEWLINE) + 1
      const lines = end === 0 ? NOTHING : Buffer.concat([rest, chunk.subarray(0, end)])
      rest = end === 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.subarray(end))
      if (rest.length > MAX_LINE_LENGTH) throw new CannotMask('a line that must be held whole is too long')
      return lines.length === 0 ? NOTHING : masker.push(lines)
    },
    end: () => masker.end(),
  }
}
