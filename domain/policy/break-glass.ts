import type { AccessPolicy } from '../api/access-policy.ts'
import type { Identity } from '../identity.ts'
import { isAmong } from './governs.ts'
import { strictestLimits } from './request-limits.ts'

const DEFAULTS = { maxDurationSeconds: 900, reviewWithinSeconds: 86_400, perDay: 3 } as const

/** Limits of a grant that is made without an approver. */
export type BreakGlassLimits = {
  readonly maxDurationSeconds: number
  /** Undefined: no limit on uses. */
  readonly maxUses: number | undefined
  readonly reviewWithinSeconds: number
  readonly perDay: number
}

const breakGlassOf = ({ spec }: AccessPolicy) => spec.approvals?.breakGlass

/** The policies that do not let the identity use break-glass. Each governing policy must allow it: none of them may be in the result. */
export const refusingBreakGlass = (policies: readonly AccessPolicy[], identity: Identity): readonly AccessPolicy[] =>
  policies.filter((policy) => !isAmong(breakGlassOf(policy)?.subjects ?? [], identity))

/** The strictest of each limit, including the limits of ordinary requests. Omitted fields have their defaults. */
export function strictestBreakGlass(policies: readonly AccessPolicy[]): BreakGlassLimits {
  const ordinary = strictestLimits(policies)
  const least = (field: keyof typeof DEFAULTS): number => Math.min(...policies.map((policy) => breakGlassOf(policy)?.[field] ?? DEFAULTS[field]))
  const uses = [ordinary.maxUses, ...policies.map((policy) => breakGlassOf(policy)?.maxUses)].filter((value) => value !== undefined)
  return {
    maxDurationSeconds: Math.min(least('maxDurationSeconds'), ordinary.maxDurationSeconds),
    maxUses: uses.length === 0 ? undefined : Math.min(...uses),
    reviewWithinSeconds: least('reviewWithinSeconds'),
    perDay: least('perDay'),
  }
}

const DEFAULT_TOTAL_PER_DAY = 10

/** How many such grants all users of each policy may get in 24 hours. */
export const breakGlassTotals = (policies: readonly AccessPolicy[]): readonly { readonly policy: string; readonly totalPerDay: number }[] =>
  policies.map((policy) => ({ policy: policy.metadata.name, totalPerDay: breakGlassOf(policy)?.totalPerDay ?? DEFAULT_TOTAL_PER_DAY }))
