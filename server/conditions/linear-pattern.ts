import { LRUCache } from 'lru-cache'
import { RE2JS, RE2JSException } from 're2js'

/** Whether a text contains a match. */
export type LinearPattern = (text: string) => boolean

/** Policies contain a few hundred patterns at most. */
const compiled = new LRUCache<string, LinearPattern>({ max: 512 })

/**
 * Compiles a pattern in RE2 syntax, as in CEL and Kubernetes. Matching takes time linear in the text for every pattern: policies contain the patterns
 * and agents write the text, and V8's engine can backtrack for years.
 * @throws Error when the pattern is invalid
 */
export function linearPattern(pattern: string): LinearPattern {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const re2 = RE2JS.compile(pattern)
  const made: LinearPattern = (text) => re2.test(text)
  compiled.set(pattern, made)
  return made
}

/** Validation message for a pattern. Undefined when it is valid. */
export function linearPatternProblem(pattern: string): string | undefined {
  try {
    linearPattern(pattern)
    return undefined
  } catch (error) {
    return `not a valid RE2 pattern${error instanceof RE2JSException ? `: ${error.message.slice(0, 200)}` : ''}`
  }
}
