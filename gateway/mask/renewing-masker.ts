import type { KnownValues } from '../../domain/mask/match/known-values.ts'
import type { Masker, TextMasker } from '../../domain/mask/masker.ts'

const NEWLINE = 10
const NOTHING = Buffer.alloc(0)
/** Without a line end for this long the change is made anyway; a value that lies across it is then found by neither. */
const LONGEST_LINE = 64 * 1024

/**
 * For answers without end, whose lines are whole (log lines, watch events): a value that became known after the stream began is
 * hidden from the next line on.
 */
export function createRenewingMasker(make: (known: KnownValues) => Masker | TextMasker, newest: () => KnownValues): TextMasker {
  let known = newest()
  let masker = make(known)
  let sinceNewline = 0

  const renew = (): Buffer => {
    const rest = masker.end()
    known = newest()
    masker = make(known)
    sinceNewline = 0
    return rest
  }
  return {
    push: (chunk) => {
      const last = chunk.lastIndexOf(NEWLINE)
      if (known === newest()) {
        sinceNewline = last < 0 ? sinceNewline + chunk.length : chunk.length - last - 1
        return masker.push(chunk)
      }
      // What began before the change belongs to the old masker, up to the end of its line.
      const cut = sinceNewline === 0 ? 0 : chunk.indexOf(NEWLINE) + 1
      if (sinceNewline > 0 && cut === 0 && sinceNewline + chunk.length < LONGEST_LINE) {
        sinceNewline += chunk.length
        return masker.push(chunk)
      }
      const before = cut === 0 ? NOTHING : masker.push(chunk.subarray(0, cut))
      const rest = renew()
      const after = chunk.subarray(cut)
      const afterLast = after.lastIndexOf(NEWLINE)
      sinceNewline = after.length - afterLast - 1
      return Buffer.concat([before, rest, masker.push(after)])
    },
    idle: () => ('idle' in masker ? masker.idle() : NOTHING),
    end: () => masker.end(),
  }
}
