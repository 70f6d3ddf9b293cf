/**
 * Whether bytes hold what a mask left behind, in any form that a client may have made of it: as it stood, decoded, encoded once
 * more, escaped. What is NOT found: the hex digits of a placeholder alone, cut loose from the words before them.
 */
import { buildAutomaton, drain } from '../match/automaton.ts'
import { MASK_STEM } from '../secret/mask-text.ts'
import { Matcher } from '../match/matcher.ts'
import { formsOf } from '../match/value-forms.ts'

const stem = Buffer.from(MASK_STEM)
/** The characters of the stem's base64 form that every placeholder begins with. */
const encoded = Buffer.from(stem.toString('base64').slice(0, 22))
const forms = new Map([...formsOf(stem), ...formsOf(encoded)].map((form) => [form.toString('latin1'), form]))
const automaton = drain(buildAutomaton([...forms.values()]))

export function hasTrace(bytes: Buffer | string): boolean {
  const searched = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  const matcher = new Matcher(automaton)
  matcher.read(searched, 0, searched.length)
  return matcher.spans.length > 0
}
