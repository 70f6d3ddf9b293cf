/** good: it was seen to hold. warning: it works, and somebody should know. bad: something promised does not hold. unknown: it could not be seen. */
export type Verdict = 'good' | 'warning' | 'bad' | 'unknown'

/** What a check found, and the line or the place that mends it. */
export type Finding = { readonly verdict: Verdict; readonly says: string; readonly mend?: string }

/** A group of findings under one heading. */
export type Section = { readonly name: string; readonly findings: readonly Finding[] }

export const good = (says: string): Finding => ({ verdict: 'good', says })
export const warning = (says: string, mend?: string): Finding => ({ verdict: 'warning', says, ...(mend === undefined ? {} : { mend }) })
export const bad = (says: string, mend: string): Finding => ({ verdict: 'bad', says, mend })
export const unknown = (says: string, mend?: string): Finding => ({ verdict: 'unknown', says, ...(mend === undefined ? {} : { mend }) })
