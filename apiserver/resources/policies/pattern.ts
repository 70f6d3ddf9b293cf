import { linearPattern, linearPatternProblem } from '../../../server/conditions/linear-pattern.ts'

/**
 * Patterns of a policy meet text that an agent wrote, so they are RE2's, as patterns of Kubernetes are: no look-around and no
 * back reference, and no text that takes forever.
 * @returns what is wrong with the pattern; undefined when it may be used
 */
export const patternProblem = (pattern: string): string | undefined => linearPatternProblem(pattern)

/** Whether a text matches the whole of a pattern. One that is none matches nothing. */
export function matchesPattern(pattern: string, text: string): boolean {
  return patternProblem(pattern) === undefined && linearPattern(`^(?:${pattern})$`)(text)
}
