/** good: verified. warning: works, but needs attention. bad: broken or insecure. unknown: could not be checked. */
export type Verdict = 'good' | 'warning' | 'bad' | 'unknown'

/** What a check found. `fix`: the command or the place that fixes it. */
export type Finding = { readonly verdict: Verdict; readonly says: string; readonly fix?: string }

/** A group of findings under one heading. */
export type Section = { readonly name: string; readonly findings: readonly Finding[] }

export const good = (says: string): Finding => ({ verdict: 'good', says })
export const warning = (says: string, fix?: string): Finding => ({ verdict: 'warning', says, ...(fix === undefined ? {} : { fix }) })
export const bad = (says: string, fix: string): Finding => ({ verdict: 'bad', says, fix })
export const unknown = (says: string, fix?: string): Finding => ({ verdict: 'unknown', says, ...(fix === undefined ? {} : { fix }) })
