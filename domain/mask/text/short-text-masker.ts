/**
 * Masks known values and well-known tokens in short, complete texts: names, paths, a header, a sentence. Nearly all of them contain nothing
 * to hide, which is checked without creating a masker for each.
 */
import type { FilterOptions } from '../masker-options.ts'
import { Output } from '../json/output.ts'
import { createTextMasker } from './text-masker.ts'
import { ESC } from './terminal-escapes.ts'
import { ValueFilter } from './value-filter.ts'

/**
 * Masks one text after another as a text masker does, except that the end of a text is not a cut. A beginning of a value at the end was
 * written by someone who does not know the rest, and masking it would let an agent that asks repeatedly find out whether the next letter is
 * right. Create a new one when the known values change.
 */
export function createShortTextMasker(options: FilterOptions): (text: string) => string {
  const filter = new ValueFilter(options, new Output())
  return (text) => {
    const bytes = Buffer.from(text)
    filter.look(bytes)
    if (!bytes.includes(ESC) && filter.holdsNothing()) return text
    const masker = createTextMasker(options)
    return Buffer.concat([masker.push(bytes), masker.endWhole()]).toString('utf8')
  }
}
