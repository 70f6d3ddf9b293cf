import { RE2JS, RE2JSException } from 're2js'

/** Whether a text holds a match. */
export type LinearPattern = (text: string) => boolean

/** Some hundreds at the most: they come from policies. */
const CACHE_SIZE = 512
const compiled = new Map<string, LinearPattern>()

/**
 * A pattern in RE2's syntax, which is that of CEL and of Kubernetes. It takes time in proportion to the text, whatever the
 * pattern: policies write patterns, agents write the text, and V8's engine can be made to try for years.
 * @throws Error when it is no pattern
 */
export function linearPattern(pattern: string): LinearPattern {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const re2 = RE2JS.compile(pattern)
  const made: LinearPattern = (text) => re2.test(text)
  if (compiled.size >= CACHE_SIZE) compiled.clear()
  compiled.set(pattern, made)
  return made
}

/** What is wrong with a pattern; undefined when it can be used. */
export function linearPatternProblem(pattern: string): string | undefined {
  try {
    linearPattern(pattern)
    return undefined
  } catch (error) {
    return `not a pattern in RE2's syntax${error instanceof RE2JSException ? `: ${error.message.slice(0, 200)}` : ''}`
  }
}
