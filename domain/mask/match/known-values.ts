/**
 * Every live Secret value, ready to be found in any text. Immutable: when Secrets change the gateway builds another and swaps it
 * whole, keeping a rotated value in for a hold time. Masking a Secret itself never depends on it (a Secret created a second ago
 * is masked by its route).
 */
import { buildAutomaton, drain, type Automaton } from './automaton.ts'
import { formsOf } from './value-forms.ts'
import { partsOf, type Part } from './value-parts.ts'
import type { WeakValues } from './weak-values.ts'

export type SecretValue = { readonly namespace: string; readonly secret: string; readonly key: string; readonly value: Buffer }

/** A value of which nothing is strong: it is masked in its Secret only. */
export type Skipped = { readonly namespace: string; readonly secret: string; readonly key: string }

export type KnownValues = {
  readonly automaton: Automaton
  readonly weak: WeakValues
  readonly patterns: number
  readonly states: number
  readonly skipped: readonly Skipped[]
}

export type KnownValuesOptions = {
  /** Words that the cluster shows anyway, such as the names of namespaces. */
  readonly common?: Iterable<string>
}

/** At once: 1 000 Secrets take a tenth of a second. For tests and tools; a server builds with pauses. */
export function createKnownValues(values: Iterable<SecretValue>, options: KnownValuesOptions = {}): KnownValues {
  return drain(build(values, options))
}

/** The same in steps of about a millisecond; `pause` lets others run in between (setImmediate) and may throw to give up. */
export async function buildKnownValues(
  values: Iterable<SecretValue>,
  options: KnownValuesOptions & { readonly pause: () => Promise<void> },
): Promise<KnownValues> {
  const steps = build(values, options)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    await options.pause()
  }
}

const STEP = 8

function* build(values: Iterable<SecretValue>, options: KnownValuesOptions): Generator<void, KnownValues> {
  const common = new Set(options.common ?? [])
  const patterns = new Map<string, Buffer>()
  const skipped: Skipped[] = []
  const weak = new Set<string>()
  const seen = new Set<string>()
  let count = 0
  for (const { namespace, secret, key, value } of values) {
    if (++count % STEP === 0) yield
    const { parts } = partsOf(key, value)
    const strong = parts.filter((part) => part.strong && !common.has(part.bytes.toString('latin1')))
    if (strong.length === 0) skipped.push({ namespace, secret, key })
    for (const { bytes } of parts.filter((part) => !part.strong)) weak.add(bytes.toString('latin1'))
    for (const part of strong) addForms(patterns, seen, part)
  }
  const automaton = yield* buildAutomaton([...patterns.values()])
  const longest = [...weak].reduce((most, { length }) => Math.max(most, length), 0)
  return { automaton, weak: { has: (text) => weak.has(text), longest }, patterns: automaton.patterns, states: automaton.states, skipped }
}

function addForms(patterns: Map<string, Buffer>, seen: Set<string>, { bytes }: Part): void {
  const id = bytes.toString('latin1')
  if (seen.has(id)) return
  seen.add(id)
  for (const form of formsOf(bytes)) patterns.set(form.toString('latin1'), form)
}
