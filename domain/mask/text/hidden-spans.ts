import type { StrongValue } from '../match/pattern.ts'
import type { Span } from '../match/matcher.ts'

/** What is to be hidden, from one position up to another. `values` is empty for a well-known token. */
export type HiddenSpan = { readonly from: number; readonly to: number; readonly values: readonly StrongValue[] }

const none: readonly HiddenSpan[] = []

/**
 * Takes off what begins before a position. Spans that overlap or touch are one.
 * @param known spans of known values, in order; what is not taken off stays
 * @param others spans of other kinds as [from, to) pairs, each list in order; all of them move to `known`
 */
export function takeSpans(known: Span[], others: readonly (number[] | undefined)[], safe: number): readonly HiddenSpan[] {
  for (const pairs of others) if (pairs !== undefined && pairs.length > 0) merge(known, pairs)
  if (known.length === 0) return none
  let count = 0
  while (count < known.length && (known[count] as Span).from <= safe) count++
  return known.splice(0, count)
}

function merge(known: Span[], pairs: number[]): void {
  const all = known.splice(0)
  for (let at = 0; at < pairs.length; at += 2) all.push({ from: pairs[at] as number, to: pairs[at + 1] as number, values: [] })
  pairs.length = 0
  for (const span of all.sort((a, b) => a.from - b.from)) {
    const before = known.at(-1)
    if (before === undefined || before.to < span.from) {
      known.push(span)
      continue
    }
    before.to = Math.max(before.to, span.to)
    before.values.push(...span.values.filter((value) => !before.values.includes(value)))
  }
}
