import type { AccessPolicy } from '../api/access-policy.ts'
import { USE_CLASSES, type UseClass } from '../api/rules.ts'

const DEFAULTS = {
  maxDurationSeconds: 3600,
  defaultDurationSeconds: 600,
  pendingTTLSeconds: 3600,
  maxLeadSeconds: 604800,
  maxPending: 30,
  perHour: 120,
} as const

/** Limits of access requests. */
export type RequestLimits = {
  readonly maxDurationSeconds: number
  /** Maximum time from the start of a grant to its end, with all extensions. Undefined: no limit. */
  readonly maxTotalSeconds: number | undefined
  readonly defaultDurationSeconds: number
  /** Undefined: no limit on uses; grants end by time only. */
  readonly maxUses: number | undefined
  /** Undefined: no class of uses has a limit. */
  readonly maxUsesByClass: { readonly [useClass in UseClass]?: number } | undefined
  /** Undefined: grants do not end when they are idle. */
  readonly idleSeconds: number | undefined
  readonly pendingTTLSeconds: number
  /** How far ahead the start of a grant may be scheduled. */
  readonly maxLeadSeconds: number
  /** Maximum undecided requests of one requester at once. */
  readonly maxPending: number
  /** Maximum requests of one requester in an hour. */
  readonly perHour: number
  /** How long the gateway holds an operation. Undefined: no policy sets it. */
  readonly holdSeconds: number | undefined
}

const smallest = (values: readonly (number | undefined)[]): number | undefined => {
  const given = values.filter((value) => value !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

function leastByClass(policies: readonly AccessPolicy[]): RequestLimits['maxUsesByClass'] {
  const limits = USE_CLASSES.flatMap((useClass) => {
    const least = smallest(policies.map(({ spec }) => spec.requests?.maxUsesByClass?.[useClass]))
    return least === undefined ? [] : [[useClass, least] as const]
  })
  return limits.length === 0 ? undefined : Object.fromEntries(limits)
}

/**
 * The limits for identities that these policies govern: the strictest of each, since otherwise an agent would choose the most permissive policy.
 * Omitted fields have their defaults.
 */
export function strictestLimits(policies: readonly AccessPolicy[]): RequestLimits {
  const requests = policies.map(({ spec }) => spec.requests ?? {})
  const least = (field: 'pendingTTLSeconds' | 'maxLeadSeconds' | 'maxPending' | 'perHour'): number =>
    smallest(requests.map((each) => each[field] ?? DEFAULTS[field])) ?? DEFAULTS[field]
  const maxTotalSeconds = smallest(requests.map((each) => each.maxTotalSeconds))
  const durations = requests.map(({ maxDurationSeconds = DEFAULTS.maxDurationSeconds }) => maxDurationSeconds)
  const longest = Math.min(smallest(durations) ?? DEFAULTS.maxDurationSeconds, maxTotalSeconds ?? Infinity)
  const usual = smallest(requests.map(({ defaultDurationSeconds = DEFAULTS.defaultDurationSeconds }) => defaultDurationSeconds))
  return {
    maxDurationSeconds: longest,
    maxTotalSeconds,
    defaultDurationSeconds: Math.min(usual ?? DEFAULTS.defaultDurationSeconds, longest),
    maxUses: smallest(requests.map(({ maxUses }) => maxUses)),
    maxUsesByClass: leastByClass(policies),
    idleSeconds: smallest(requests.map(({ idleSeconds }) => idleSeconds)),
    pendingTTLSeconds: least('pendingTTLSeconds'),
    maxLeadSeconds: least('maxLeadSeconds'),
    maxPending: least('maxPending'),
    perHour: least('perHour'),
    holdSeconds: smallest(policies.map(({ spec }) => spec.hold?.timeoutSeconds)),
  }
}
