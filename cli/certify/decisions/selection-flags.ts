/** Flags that select the requests of `--all`. */
export const SELECTORS = ['requester', 'policy', 'max-risk'] as const

export const SELECTION_FLAGS: readonly string[] = ['all', ...SELECTORS]
