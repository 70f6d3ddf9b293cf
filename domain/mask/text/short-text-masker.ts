/**
 * Known values and well-known tokens in short, whole texts: names, paths, a header, a sentence. Nearly all of them hold nothing, and
 * that is found out without a masker being made for each.
 */
import type { FilterOptions } from '../masker-options.ts'
import { Output } from '../json/output.ts'
import { createTextMasker } from './text-masker.ts'
import { ESC } from './terminal-escapes.ts'
import { ValueFilter } from './value-filter.ts'

/**
 * Masks as a text masker does, one text after the other. Their end is no cut: a beginning of a value there was written by somebody
 * who does not know the rest, and masking it would tell an agent that asks again and again whether the next letter is right. For the
 * values of one moment: make another when they change.
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
