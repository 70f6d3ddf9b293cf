import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import type { Ask } from '../request-draft.ts'

/** What the flags say about the agent. Undefined: nothing. */
export function agentOf(flags: ParsedFlags): Ask['agent'] {
  const pairs = (['name', 'model', 'session', 'task'] as const).map((field) => [field, lastOf(flags, `agent-${field}`)] as const)
  const said = pairs.filter(([, value]) => value !== undefined)
  return said.length === 0 ? undefined : (Object.fromEntries(said) as Ask['agent'])
}
