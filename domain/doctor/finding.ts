/** good: verified. warning: works, but needs attention. bad: broken or insecure. unknown: could not be checked. */
export type FindingVerdict = 'good' | 'warning' | 'bad' | 'unknown'

/** What a check found. `fix`: the command or the place that fixes it. */
export type Finding = { readonly verdict: FindingVerdict; readonly message: string; readonly fix?: string }

/** A group of findings under one heading. */
export type Section = { readonly name: string; readonly findings: readonly Finding[] }

export const good = (message: string): Finding => ({ verdict: 'good', message })
export const warning = (message: string, fix?: string): Finding => ({ verdict: 'warning', message, ...(fix === undefined ? {} : { fix }) })
export const bad = (message: string, fix: string): Finding => ({ verdict: 'bad', message, fix })
export const unknown = (message: string, fix?: string): Finding => ({ verdict: 'unknown', message, ...(fix === undefined ? {} : { fix }) })
