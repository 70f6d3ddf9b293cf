import type { AccessPolicy, Risk } from '../api/access-policy.ts'
import { DEFAULT_PER_HOUR, ruleName, type AutoApproval, type AutoApproveRule } from '../api/approvals/auto-approve.ts'

/** What is known of a request before any condition is evaluated. */
export type AutoApprovalFacts = {
  /** Undefined when it is not known. */
  readonly risk: Risk | undefined
  /** Whether the requester is suspended. */
  readonly suspended: boolean
  /** Whether its approvals need a passkey. */
  readonly passkey: boolean
  /** Whether the request reveals Secrets. */
  readonly reveals: boolean
  /** Whether its grant would start later than now. */
  readonly startsLater: boolean
  /** Fields of its spec that no condition can see. */
  readonly unseen: readonly string[]
}

/** A rule that approves, and its policy. */
export type Approving = { readonly policy: string; readonly rule: AutoApproveRule }

export type AutoApprovalPorts = {
  /** Why the windows of a rule do not let it approve now, as a clause. Undefined when they do. @throws when one cannot be read */
  readonly closed: (approving: Approving) => string | undefined
  /** Whether the condition of a rule is true. @throws when it cannot be evaluated, or is not a boolean */
  readonly holds: (approving: Approving) => boolean
  /** Number of requests of the requester that the rule approved in the last hour. */
  readonly usedThisHour: (approving: Approving) => number
}

export type AutoApproved = {
  readonly outcome: 'Approved'
  readonly message: string
  /** One rule of each policy, in the order of the policies. */
  readonly by: readonly [Approving, ...Approving[]]
}
export type NotAutoApproved = { readonly outcome: Exclude<AutoApproval['outcome'], 'Approved'>; readonly message: string }

const ELIGIBLE: ReadonlySet<Risk | undefined> = new Set(['Low', 'Medium', 'High'])

/** Why no rule may approve the request, whatever its conditions say. Undefined when one may. */
export function whyNeverAutomatic({ risk, suspended, passkey, reveals, startsLater, unseen }: AutoApprovalFacts): string | undefined {
  if (!ELIGIBLE.has(risk)) return risk === undefined ? 'its risk is not known' : `its risk is ${risk}`
  if (suspended) return 'its requester is suspended'
  if (passkey) return 'its approval needs a passkey'
  if (reveals) return 'it reveals Secrets'
  if (startsLater) return 'it starts later, when the conditions may be false'
  return unseen.length === 0 ? undefined : `its conditions cannot see ${unseen.map((field) => `spec.${field}`).join(', ')}`
}

const rulesOf = ({ spec }: AccessPolicy): readonly AutoApproveRule[] => spec.approvals?.autoApprove ?? []

/** Whether a policy has rules that may approve in place of the approvers. */
export const hasAutoApproval = (policies: readonly AccessPolicy[]): boolean => policies.some((policy) => rulesOf(policy).length > 0)

const named = ({ policy, rule }: Approving): string => `rule "${rule.name}" of policy "${policy}"`

/** The errors of CEL quote the values that they are about. */
const MAX_ERROR = 200
const textOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown').split('\n', 1).join('').slice(0, MAX_ERROR)

const noRule = (policy: AccessPolicy, closed: string | undefined): NotAutoApproved => ({
  outcome: 'NoRule',
  message: `no rule of policy "${policy.metadata.name}" applies${closed === undefined ? '' : ` now: ${closed}`}`,
})

/**
 * The first rule of one policy that is open, applies, and has not approved as many as it may. A rule that fails ends the search: it may be there to be
 * first.
 */
function approvingIn(policy: AccessPolicy, { closed, holds, usedThisHour }: AutoApprovalPorts): Approving | NotAutoApproved {
  const exhausted: Approving[] = []
  const shut: string[] = []
  for (const rule of rulesOf(policy)) {
    const approving = { policy: policy.metadata.name, rule }
    try {
      const why = closed(approving)
      if (why !== undefined) shut.push(`${named(approving)} ${why}`)
      if (why !== undefined || !holds(approving)) continue
    } catch (error) {
      return { outcome: 'Failed', message: `${named(approving)} failed: ${textOf(error)}` }
    }
    if (usedThisHour(approving) < (rule.perHour ?? DEFAULT_PER_HOUR)) return approving
    exhausted.push(approving)
  }
  const [first] = exhausted
  if (first === undefined) return noRule(policy, shut[0])
  return {
    outcome: 'Exhausted',
    message: `${named(first)} has approved ${first.rule.perHour ?? DEFAULT_PER_HOUR} requests of its requester in the last hour, as many as it may`,
  }
}

/**
 * Whether rules approve a request in place of its approvers: a rule of each policy that governs the requester must. Everything that is not certain
 * leaves the request to its approvers.
 */
export function autoApprovalOf(
  policies: readonly AccessPolicy[],
  facts: AutoApprovalFacts,
  ports: AutoApprovalPorts,
): AutoApproved | NotAutoApproved {
  const never = whyNeverAutomatic(facts)
  if (never !== undefined) return { outcome: 'NotEligible', message: `no rule may approve it: ${never}` }
  const by: Approving[] = []
  for (const policy of policies) {
    const found = approvingIn(policy, ports)
    if ('outcome' in found) return found
    by.push(found)
  }
  const [first, ...others] = by
  if (first === undefined) return { outcome: 'NoRule', message: 'no policy has a rule that applies' }
  return { outcome: 'Approved', message: `${by.map(named).join(' and ')} ${by.length === 1 ? 'applies' : 'apply'}`, by: [first, ...others] }
}

const least = (values: readonly (number | undefined)[]): number | undefined => {
  const given = values.filter((value) => value !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

/** What the rules reduce a request to. Undefined when they reduce nothing. */
export function reducedBy(
  by: AutoApproved['by'],
  asked: { readonly durationSeconds?: number; readonly maxUses?: number },
): { readonly durationSeconds?: number; readonly maxUses?: number } | undefined {
  const { durationSeconds = Infinity, maxUses = Infinity } = asked
  const seconds = least(by.map(({ rule }) => rule.maxDurationSeconds))
  const uses = least(by.map(({ rule }) => rule.maxUses))
  const reduced = {
    ...(seconds !== undefined && seconds < durationSeconds ? { durationSeconds: seconds } : {}),
    ...(uses !== undefined && uses < maxUses ? { maxUses: uses } : {}),
  }
  return Object.keys(reduced).length === 0 ? undefined : reduced
}

/** The rule as the records name it. */
export const recordedName = ({ policy, rule }: Approving): string => ruleName(policy, rule.name)
