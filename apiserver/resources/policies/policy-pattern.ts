import { linearPattern, linearPatternProblem } from '../../../server/conditions/linear-pattern.ts'

/**
 * Patterns of a policy are matched against text from agents, so they use RE2 syntax, as in Kubernetes: without look-around and back
 * references, and in linear time.
 * @returns what is wrong with the pattern; undefined if it is valid
 */
export const patternProblem = (pattern: string): string | undefined => linearPatternProblem(pattern)

/** Whether the whole text matches a pattern. An invalid pattern matches nothing. */
export function matchesPattern(pattern: string, text: string): boolean {
  return patternProblem(pattern) === undefined && linearPattern(`^(?:${pattern})$`)(text)
}
