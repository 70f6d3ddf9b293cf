import type { KnownValues } from './known-values.ts'
import { Matcher } from './matcher.ts'
import type { StrongValue } from './pattern.ts'
import { formsOf } from './value-forms.ts'

/** Bytes of a longer value: it is not looked for as a whole, so it counts as not contained. */
const MAX_WHOLE = 4096
/** Bytes of values and texts that are compared at most, some ten milliseconds. A client decides how many values there are. */
const MAX_COMPARED = 256 * 1024

/**
 * The strong values that the texts contain whole, in any form. The forms of a long value are found by their pieces. A client that knows one, such
 * as the public part of a private key or a name at the beginning, does not know the rest.
 */
export function valuesIn(known: KnownValues, texts: Iterable<Buffer>): ReadonlySet<StrongValue> {
  const found = new Set<StrongValue>()
  let left = MAX_COMPARED
  const isWhole = ({ text }: StrongValue, span: string): boolean => {
    left -= text.length + span.length
    if (left < 0 || text.length > MAX_WHOLE) return false
    return span.includes(text) || formsOf(Buffer.from(text, 'latin1')).some((form) => span.includes(form))
  }
  for (const text of texts) {
    const matcher = new Matcher(known.patterns)
    matcher.read(text, 0, text.length)
    matcher.finish()
    for (const { from, to, values } of matcher.spans) {
      const span = text.toString('latin1', from, to)
      for (const value of values) if (!found.has(value) && isWhole(value, span)) found.add(value)
    }
  }
  return found
}
