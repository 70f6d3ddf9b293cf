/**
 * Every live Secret value, ready to be found in any text. Immutable: when Secrets change the gateway builds another and swaps it
 * whole, keeping a rotated value in for a hold time. Masking a Secret itself never depends on it (a Secret created a second ago
 * is masked by its route).
 */
import { buildAutomaton, type Automaton } from './automaton.ts'
import { formsOf } from './value-forms.ts'
import { partsOf, wholeOrPieces, withoutCertificates } from './value-parts.ts'
import { unworthy, type Unworthy } from './worth-matching.ts'

export type SecretValue = { readonly namespace: string; readonly secret: string; readonly key: string; readonly value: Buffer }

/** A value that is masked in its Secret only. */
export type Skipped = { readonly namespace: string; readonly secret: string; readonly key: string; readonly reason: Unworthy }

export type KnownValues = {
  readonly automaton: Automaton
  readonly patterns: number
  readonly states: number
  readonly skipped: readonly Skipped[]
}

export function createKnownValues(values: Iterable<SecretValue>, options: { common?: Iterable<string> } = {}): KnownValues {
  const common = new Set(options.common ?? [])
  const patterns = new Map<string, Buffer>()
  const skipped: Skipped[] = []
  const seen = new Set<string>()
  for (const { namespace, secret, key, value } of values) {
    const kept = withoutCertificates(value)
    const reason = kept.length === 0 && value.length > 0 ? 'public' : unworthy(kept, common)
    if (reason !== undefined) skipped.push({ namespace, secret, key, reason })
    const wholes = reason === undefined ? wholeOrPieces(kept) : []
    for (const part of [...wholes, ...partsOf(kept, common)]) {
      const id = part.toString('latin1')
      if (part.length > 4096 || seen.has(id)) continue
      seen.add(id)
      for (const form of formsOf(part)) patterns.set(form.toString('latin1'), form)
    }
  }
  const automaton = buildAutomaton([...patterns.values()])
  return { automaton, patterns: automaton.patterns, states: automaton.states, skipped }
}
