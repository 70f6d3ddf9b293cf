/**
 * Detects what a mask left in bytes, in any form that a client may have made of it: unchanged, decoded, encoded again, escaped. NOT found:
 * the hex digits of a placeholder alone, without the words before them.
 */
import { MASK_STEM } from '../secret/mask-text.ts'
import { Matcher } from '../match/matcher.ts'
import { piecesOf, StrongValue } from '../match/pattern.ts'
import { PatternTable } from '../match/pattern-table.ts'
import { formsOf } from '../match/value-forms.ts'

const stem = Buffer.from(MASK_STEM)
/** The base64 characters of the stem that every placeholder begins with. */
const encoded = Buffer.from(stem.toString('base64').slice(0, 22))
const mark = new StrongValue(MASK_STEM, { namespace: '', secret: '', key: '' })
const patterns = new PatternTable()
for (const form of [stem, encoded].flatMap(formsOf)) for (const piece of piecesOf(form)) patterns.add(piece, mark)

export function containsMask(bytes: Buffer | string): boolean {
  const searched = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  const matcher = new Matcher(patterns)
  matcher.read(searched, 0, searched.length)
  matcher.finish()
  return matcher.spans.length > 0
}
