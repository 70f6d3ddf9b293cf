import type { PolicyRule } from '../api/access-policy.ts'
import type { Classified } from '../decision.ts'
import { coversGains } from '../api/gain.ts'
import type { Reach } from './reach.ts'

const LOOSENS: ReadonlySet<string> = new Set(['Allow', 'RequireGrant'])

/**
 * How a rule applies to the gains of a write. A rule that loosens must name every gain: a rule that allows changes to Deployments does not allow
 * mounting a Secret. A stricter rule applies when it names one of the gains, and to every write when it names none.
 */
export function reachOfGains({ match, effect }: PolicyRule, { gains = [] }: Pick<Classified, 'gains'>): Reach {
  const names = match?.gains
  if (gains.length === 0) return names === undefined ? 'exact' : 'none'
  const isExact = names === undefined ? !LOOSENS.has(effect) : coversGains(names, gains)
  if (isExact) return 'exact'
  // A rule that requires a grant still requires at least that.
  const isImplied = effect !== 'Allow' && (names === undefined || gains.some((gain) => coversGains(names, [gain])))
  return isImplied ? 'implied' : 'none'
}
