import type { Effect } from '../api/access-policy.ts'
import type { ExplainedRule, Explanation } from '../policy/explain.ts'

/** What a request needs under an effect. */
export const NEEDS: Readonly<Record<Effect, string>> = {
  Allow: 'nothing: it is forwarded and its answer masked',
  RequireGrant: 'a live grant that covers it',
  RequireApproval: 'an approval of this very operation, used once',
  Deny: 'nothing helps: it is refused, and no approval can allow it',
}

/** What one rule does to the request. */
export function partText({ part, effect, risk, condition, misses }: ExplainedRule): string {
  const gives = `${effect}, risk ${risk}`
  switch (part) {
    case 'decides':
      return `decides: ${gives}`
    case 'perhaps':
      return `decides if its condition holds: ${gives}; condition: ${condition ?? ''}`
    case 'stricter':
      return `does not name the request, and makes the decision at least ${effect}`
    case 'later':
      return 'applies, but a rule before it decides'
    case 'no':
      return `does not apply${misses.length === 0 ? '' : `, because of its ${misses.join(', or ')}`}`
  }
}

/** The decision, and what the requester needs. */
export function resultText({ loosest, strictest }: Explanation): string {
  if (loosest === strictest) return `${strictest}. Needed: ${NEEDS[strictest]}`
  return `between ${loosest} and ${strictest}, depending on conditions, which need the objects of the real request`
}

/** What happens to a request that no rule decides. */
export function defaultText({ byDefault: { effect, part } }: Explanation): string {
  if (part === 'no') return 'not reached'
  return `${part === 'perhaps' ? 'decides if no condition holds' : 'decides'}: ${effect}`
}
