/** good: verified. warning: works, but needs attention. bad: broken or insecure. unknown: could not be checked. */
export type Verdict = 'good' | 'warning' | 'bad' | 'unknown'

/** What a check found. `mend`: the command or the place that fixes it. */
export type Finding = { readonly verdict: Verdict; readonly says: string; readonly mend?: string }

/** A group of findings under one heading. */
export type Section = { readonly name: string; readonly findings: readonly Finding[] }

export const good = (says: string): Finding => ({ verdict: 'good', says })
export const warning = (says: string, mend?: string): Finding => ({ verdict: 'warning', says, ...(mend === undefined ? {} : { mend }) })
export const bad = (says: string, mend: string): Finding => ({ verdict: 'bad', says, mend })
export const unknown = (says: string, mend?: string): Finding => ({ verdict: 'unknown', says, ...(mend === undefined ? {} : { mend }) })
