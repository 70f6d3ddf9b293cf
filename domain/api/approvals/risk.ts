import type { Risk } from '../access-policy.ts'

/** Every risk, lowest first. */
export const RISKS: readonly Risk[] = ['Low', 'Medium', 'High', 'Critical']

export const higherRisk = (left: Risk, right: Risk): Risk => (RISKS.indexOf(right) > RISKS.indexOf(left) ? right : left)

/** The risk in the status of a request. An older server stamped none. */
export const riskIn = (status: { readonly risk?: Risk } | undefined): Risk => status?.risk ?? 'Critical'
