import type { AccessPolicy } from '../api/access-policy.ts'

const DEFAULTS = {
  maxDurationSeconds: 3600,
  defaultDurationSeconds: 600,
  pendingTTLSeconds: 3600,
  maxPending: 30,
  perHour: 120,
  required: 1,
} as const

/** What may be asked for, and who must agree to it. */
export type Limits = {
  readonly maxDurationSeconds: number
  readonly defaultDurationSeconds: number
  /** Undefined: no limit but time. */
  readonly maxUses: number | undefined
  readonly pendingTTLSeconds: number
  /** Undecided requests of one requester at once. */
  readonly maxPending: number
  /** Requests of one requester in an hour. */
  readonly perHour: number
  /** How long an operation waits at the gateway. Undefined: no policy says. */
  readonly holdSeconds: number | undefined
  /** Distinct approvers. */
  readonly approvals: number
}

const smallest = (values: readonly (number | undefined)[]): number | undefined => {
  const given = values.filter((value) => value !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

/**
 * The limits that hold for whom these policies govern: the strictest of each. Otherwise an agent would choose the policy that asks for less.
 * What a policy leaves out has the default of its field.
 */
export function strictestLimits(policies: readonly AccessPolicy[]): Limits {
  const requests = policies.map(({ spec }) => spec.requests ?? {})
  const least = (field: 'pendingTTLSeconds' | 'maxPending' | 'perHour'): number =>
    smallest(requests.map((each) => each[field] ?? DEFAULTS[field])) ?? DEFAULTS[field]
  const longest = smallest(requests.map(({ maxDurationSeconds = DEFAULTS.maxDurationSeconds }) => maxDurationSeconds)) ?? DEFAULTS.maxDurationSeconds
  const usual = smallest(requests.map(({ defaultDurationSeconds = DEFAULTS.defaultDurationSeconds }) => defaultDurationSeconds))
  return {
    maxDurationSeconds: longest,
    defaultDurationSeconds: Math.min(usual ?? DEFAULTS.defaultDurationSeconds, longest),
    maxUses: smallest(requests.map(({ maxUses }) => maxUses)),
    pendingTTLSeconds: least('pendingTTLSeconds'),
    maxPending: least('maxPending'),
    perHour: least('perHour'),
    holdSeconds: smallest(policies.map(({ spec }) => spec.hold?.timeoutSeconds)),
    approvals: Math.max(DEFAULTS.required, ...policies.map(({ spec }) => spec.approvals?.required ?? DEFAULTS.required)),
  }
}
