/** What V8's backtracking engine can blow up on: a repeated group, a back reference, a look-around. */
const UNSAFE = /\)\s*[*+{]|\\[1-9]|\(\?[=!<]/

/**
 * Patterns of a policy meet text that an agent wrote. They are kept to a form that cannot backtrack without bound: no repeated
 * group, no back reference, no look-around, and no two unbounded repeats side by side.
 * @returns what is wrong with the pattern; undefined when it may be used
 */
export function patternProblem(pattern: string): string | undefined {
  if (UNSAFE.test(pattern)) return 'a repeated group, back reference or look-around may take forever; write it without'
  if (/[*+][^\\]?[^)]*\.[*+]/.test(pattern)) return 'more than one unbounded repeat of any character may take forever; write it without'
  try {
    RegExp(pattern, 'u')
  } catch {
    return 'not a regular expression'
  }
  return undefined
}

/** Whether a text matches the whole of a pattern that `patternProblem` has passed. */
export function matchesPattern(pattern: string, text: string): boolean {
  return patternProblem(pattern) === undefined && new RegExp(`^(?:${pattern})$`, 'u').test(text)
}
