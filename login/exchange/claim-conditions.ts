import { findClaim } from '../../server/claims/find-claim.ts'
import { linearPattern, linearPatternProblem } from '../../server/conditions/linear-pattern.ts'

export type ClaimCondition = { readonly claim: string; readonly values?: readonly string[]; readonly pattern?: string }

/** The whole text, not a part of it: `main` would match `not-main`. */
const whole = (pattern: string): string => `^(?:${pattern})$`

/** By itself first: `a)|(b` becomes valid inside of the group, and then compares parts. */
export const patternProblem = (pattern: string): string | undefined => linearPatternProblem(pattern) ?? linearPatternProblem(whole(pattern))

function textOf(claims: object, claim: string): string | undefined {
  const value = findClaim(claims, claim)
  // GitLab and GitHub write some booleans and numbers as they are.
  return typeof value === 'string' ? value : typeof value === 'boolean' || Number.isSafeInteger(value) ? String(value) : undefined
}

function holds({ claim, values, pattern }: ClaimCondition, claims: object): boolean {
  const text = textOf(claims, claim)
  if (text === undefined || text.includes('\n')) return false
  if (values !== undefined) return values.includes(text)
  return pattern !== undefined && linearPattern(whole(pattern))(text)
}

/** Whether all conditions hold. None holds for a claim that is absent, a list or an object. */
export const allHold = (conditions: readonly ClaimCondition[], claims: object): boolean =>
  conditions.length > 0 && conditions.every((condition) => holds(condition, claims))
