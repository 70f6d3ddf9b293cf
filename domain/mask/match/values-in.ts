import type { KnownValues } from './known-values.ts'
import { Matcher } from './matcher.ts'
import type { StrongValue } from './pattern.ts'

/** The strong values that the texts contain, in any form. */
export function valuesIn(known: KnownValues, texts: Iterable<Buffer>): ReadonlySet<StrongValue> {
  const found = new Set<StrongValue>()
  for (const text of texts) {
    const matcher = new Matcher(known.patterns)
    matcher.read(text, 0, text.length)
    matcher.finish()
    for (const { values } of matcher.spans) for (const value of values) found.add(value)
  }
  return found
}
