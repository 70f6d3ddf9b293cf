/**
 * Every live Secret value, ready to be found in any text. Immutable: when Secrets change the gateway builds another and swaps it
 * whole, keeping a rotated value in for a hold time. Masking a Secret itself never depends on it (a Secret created a second ago
 * is masked by its route).
 */
import { buildAutomaton, drain, type Automaton } from './automaton.ts'
import { formsOf } from './value-forms.ts'
import { partsOf, wholeOrPieces, withoutCertificates } from './value-parts.ts'
import type { WeakValues } from './weak-values.ts'
import { unworthy, type Unworthy } from './worth-matching.ts'

/** Where a value comes from. */
export type ValueSource = { readonly namespace: string; readonly secret: string; readonly key: string }

export type SecretValue = ValueSource & { readonly value: Buffer }

/** A value that is masked in its Secret only. */
export type Skipped = { readonly namespace: string; readonly secret: string; readonly key: string; readonly reason: Unworthy }

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
const LONGEST_PATTERN = 4096
const LONGEST_WEAK = 256

function* build(values: Iterable<SecretValue>, options: KnownValuesOptions): Generator<void, KnownValues> {
  const common = new Set(options.common ?? [])
  const patterns = new Map<string, Buffer>()
  const skipped: Skipped[] = []
  const weak = new Set<string>()
  const seen = new Set<string>()
  let count = 0
  for (const { namespace, secret, key, value } of values) {
    if (++count % STEP === 0) yield
    const { parts, reason } = look(value, common)
    if (reason !== undefined) skipped.push({ namespace, secret, key, reason })
    if (reason !== undefined && reason !== 'public' && value.length <= LONGEST_WEAK) weak.add(value.toString('latin1'))
    for (const part of parts) addForms(patterns, seen, part)
  }
  const automaton = yield* buildAutomaton([...patterns.values()])
  const longest = [...weak].reduce((most, { length }) => Math.max(most, length), 0)
  return { automaton, weak: { has: (text) => weak.has(text), longest }, patterns: automaton.patterns, states: automaton.states, skipped }
}

/** What of a value is looked for, and why the whole is not. */
function look(value: Buffer, common: ReadonlySet<string>): { parts: readonly Buffer[]; reason: Unworthy | undefined } {
  const kept = withoutCertificates(value)
  const reason = kept.length === 0 && value.length > 0 ? 'public' : unworthy(kept, common)
  return { parts: [...(reason === undefined ? wholeOrPieces(kept) : []), ...partsOf(kept, common)], reason }
}

function addForms(patterns: Map<string, Buffer>, seen: Set<string>, part: Buffer): void {
  const id = part.toString('latin1')
  if (part.length > LONGEST_PATTERN || seen.has(id)) return
  seen.add(id)
  for (const form of formsOf(part)) patterns.set(form.toString('latin1'), form)
}
