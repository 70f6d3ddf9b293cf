import type { StrongValue } from '../match/pattern.ts'
import type { Span } from '../match/matcher.ts'

/** A range to hide. `values` is empty for a well-known token. */
export type HiddenSpan = { readonly from: number; readonly to: number; readonly values: readonly StrongValue[] }

const none: readonly HiddenSpan[] = []

/**
 * Removes and returns the spans that begin before a position. Spans that overlap or touch become one.
 * @param pending spans found earlier and not yet removed, in order
 * @param known spans of known values, each list in order; all of them move to `pending`
 * @param others spans of other kinds as [from, to) pairs, each list in order; all of them move to `pending`
 */
export function takeSpans(
  pending: Span[],
  { known, others, safe }: { readonly known: readonly Span[][]; readonly others: readonly (number[] | undefined)[]; readonly safe: number },
): readonly HiddenSpan[] {
  for (const spans of known) if (spans.length > 0) merge(pending, spans.splice(0))
  for (const pairs of others) if (pairs !== undefined && pairs.length > 0) merge(pending, spansOf(pairs))
  if (pending.length === 0) return none
  let count = 0
  while (count < pending.length && (pending[count] as Span).from < safe) count++
  return pending.splice(0, count)
}

function spansOf(pairs: number[]): Span[] {
  const spans: Span[] = []
  for (let at = 0; at < pairs.length; at += 2) spans.push({ from: pairs[at] as number, to: pairs[at + 1] as number, values: [] })
  pairs.length = 0
  return spans
}

function merge(pending: Span[], more: readonly Span[]): void {
  const all = pending.splice(0).concat(more)
  for (const span of all.sort((a, b) => a.from - b.from)) {
    const before = pending.at(-1)
    if (before === undefined || before.to < span.from) {
      pending.push(span)
      continue
    }
    before.to = Math.max(before.to, span.to)
    before.values.push(...span.values.filter((value) => !before.values.includes(value)))
  }
}
