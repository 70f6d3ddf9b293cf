import type { PolicyRule } from '../api/access-policy.ts'
import type { Classified } from '../decision.ts'
import { coversGains } from '../gain.ts'
import type { Reach } from './reach.ts'

const LOOSENS: ReadonlySet<string> = new Set(['Allow', 'RequireGrant'])

/**
 * How a rule is about what a write gives to a workload. A rule that loosens has to name every gain: a rule that lets agents change Deployments
 * lets nobody mount a Secret. A stricter rule is about the write when it names one of them, and about any write when it names none.
 */
export function reachOfGains({ match, effect }: PolicyRule, { gains = [] }: Pick<Classified, 'gains'>): Reach {
  const names = match?.gains
  if (gains.length === 0) return names === undefined ? 'exact' : 'none'
  const isExact = names === undefined ? !LOOSENS.has(effect) : coversGains(names, gains)
  if (isExact) return 'exact'
  // A grant that is required at least stays required.
  const isImplied = effect !== 'Allow' && (names === undefined || gains.some((gain) => coversGains(names, [gain])))
  return isImplied ? 'implied' : 'none'
}
