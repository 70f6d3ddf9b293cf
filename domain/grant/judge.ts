import { expiryMsOf, isClassSpent, type AccessGrant } from '../api/access-grant.ts'
import type { Classified, Decision } from '../decision.ts'
import type { Identity } from '../identity.ts'
import { Permit, type PermitGrant, type UpcomingGrant, type Verdict } from '../permit.ts'
import { isLive, isUpcoming } from './is-live.ts'
import { ancestorNames, type GrantByName } from './lineage.ts'
import { ruleCovers } from './rule-covers.ts'
import { useClassOf } from './use-class.ts'

/**
 * How a request is matched to the operation of a grant: in the gateway by its digest and the hashes of what it would change now; in the webhook by
 * the grant name that the gateway asserts. `unplanned`: what it would change has not been determined yet, so an allow verdict is provisional.
 */
export type Bond = { readonly digest: string; readonly planHashes: readonly string[] | 'unplanned' } | { readonly grantName: string }

export type JudgeInput = {
  readonly classified: Classified
  readonly identity: Identity
  readonly decision: Decision
  readonly grants: readonly AccessGrant[]
  readonly nowMs: number
  /** Absent: grants that are bound to an operation cover nothing. */
  readonly bond?: Bond
  readonly cluster?: string
  /** Looks up the grants that others are a part of. Absent: transferred grants cover nothing. */
  readonly named?: GrantByName
}

function isBound(grant: AccessGrant, bond: Bond | undefined): boolean {
  if (bond === undefined) return false
  if ('grantName' in bond) return grant.metadata.name === bond.grantName
  const { digest, planHash } = grant.spec.operation ?? {}
  if (digest !== bond.digest) return false
  return bond.planHashes === 'unplanned' || (planHash !== undefined && bond.planHashes.includes(planHash))
}

/** Whether the number of its uses is limited. */
const isCounted = ({ spec }: AccessGrant): boolean => spec.maxUses !== undefined || spec.maxUsesByClass !== undefined

const describe = (grant: AccessGrant): PermitGrant => ({
  name: grant.metadata.name,
  policy: grant.spec.policy,
  requestName: grant.spec.requestName,
  expiresAtMs: expiryMsOf(grant),
  counted: isCounted(grant),
  idleSeconds: grant.spec.idleSeconds,
  bound: grant.spec.operation !== undefined,
  ...(grant.spec.transferredFrom === undefined ? {} : { ancestors: ancestorNames(grant) }),
  ...(grant.spec.breakGlass === true ? { breakGlass: true } : {}),
})

/** Of several grants, the one that expires first is used, so that the longer one remains. */
function soonest(grants: readonly AccessGrant[]): AccessGrant | undefined {
  return [...grants].sort((a, b) => expiryMsOf(a) - expiryMsOf(b))[0]
}

/** Whether a grant covers the request once it is live: by its policy and rules, and because the subject may receive it if it was transferred. */
function coversOf({ classified, decision }: JudgeInput): (grant: AccessGrant) => boolean {
  const under = decision.alike ?? [decision.policy]
  return ({ spec }) =>
    under.includes(spec.policy) &&
    (spec.transferredFrom === undefined || decision.receives === true) &&
    (spec.rules ?? []).some((rule) => ruleCovers(rule, classified))
}

/** The grant that will cover the request and starts first. */
function upcomingGrant(grants: readonly AccessGrant[], input: JudgeInput): UpcomingGrant | undefined {
  const [next] = grants
    .filter((grant) => grant.spec.operation === undefined && isUpcoming(grant, input) && coversOf(input)(grant))
    .toSorted((one, other) => Date.parse(one.spec.notBefore) - Date.parse(other.spec.notBefore))
  return next === undefined ? undefined : { name: next.metadata.name, notBefore: next.spec.notBefore }
}

/**
 * The grant that a request uses. When the policy allows the request itself, no use is claimed, so a grant with limited uses does not apply: its
 * elevated group would exceed what RBAC lets the agent read, without limit. A grant that was approved under a policy that no longer governs the
 * agent, or that is less strict than the strictest one, does not apply either.
 */
function chosen(grants: readonly AccessGrant[], input: JudgeInput): AccessGrant | undefined {
  const { decision, bond } = input
  const covering = grants.filter((grant) => isLive(grant, input) && coversOf(input)(grant) && !isClassSpent(grant, useClassOf(input.classified)))
  const bound = covering.find((grant) => grant.spec.operation !== undefined && isBound(grant, bond))
  const open = covering.filter((grant) => grant.spec.operation === undefined)
  if (decision.effect === 'RequireApproval') return bound
  if (decision.effect === 'Allow') return soonest(open.filter((grant) => !isCounted(grant)))
  return bound ?? soonest(open)
}

/**
 * Turns the decision of the policies into a verdict. A grant that is bound to an operation counts only for that operation; when the policy requires
 * an approval of the exact operation, no other grant counts. Does not claim a use: the caller does.
 */
export function judge(input: JudgeInput): Verdict {
  const { classified, decision } = input
  if (decision.effect === 'Deny' && !decision.shadow) return { kind: 'deny', decision }
  const grant = chosen(input.grants, input)
  if (grant !== undefined) return { kind: 'allow', permit: Permit.seal(classified, decision, describe(grant)) }
  if (decision.effect === 'Allow' || decision.shadow) return { kind: 'allow', permit: Permit.seal(classified, decision) }
  if (decision.effect === 'RequireApproval') return { kind: 'ask', for: 'approval', decision }
  const upcoming = upcomingGrant(input.grants, input)
  const spent = input.grants.find((each) => each.spec.operation === undefined && isLive(each, input) && coversOf(input)(each))
  return {
    kind: 'ask',
    for: 'grant',
    decision,
    ...(upcoming === undefined ? {} : { upcoming }),
    ...(spent === undefined ? {} : { spentGrant: spent.metadata.name }),
  }
}
