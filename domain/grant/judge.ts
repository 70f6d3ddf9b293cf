import type { AccessGrant } from '../api/access-grant.ts'
import type { Classified, Decision } from '../decision.ts'
import type { Identity } from '../identity.ts'
import { Permit, type PermitGrant, type Verdict } from '../permit.ts'
import { isLive } from './is-live.ts'
import { ruleCovers } from './rule-covers.ts'

/**
 * How a request shows that it is the very operation of a grant: at the gateway by its digest and the hashes that name what it would change
 * now, at the webhook by the gateway's word. `unplanned`: nobody has looked yet what it would change; a yes is not the last word then.
 */
export type Bond = { readonly digest: string; readonly planHashes: readonly string[] | 'unplanned' } | { readonly grantName: string }

export type JudgeInput = {
  readonly classified: Classified
  readonly identity: Identity
  readonly decision: Decision
  readonly grants: readonly AccessGrant[]
  readonly nowMs: number
  /** Absent: grants that are bound to one operation cover nothing. */
  readonly bond?: Bond
  readonly cluster?: string
}

function isBound(grant: AccessGrant, bond: Bond | undefined): boolean {
  if (bond === undefined) return false
  if ('grantName' in bond) return grant.metadata.name === bond.grantName
  const { digest, planHash } = grant.spec.operation ?? {}
  if (digest !== bond.digest) return false
  return bond.planHashes === 'unplanned' || (planHash !== undefined && bond.planHashes.includes(planHash))
}

const describe = (grant: AccessGrant): PermitGrant => ({
  name: grant.metadata.name,
  policy: grant.spec.policy,
  requestName: grant.spec.requestName,
  expiresAtMs: Date.parse(grant.spec.expiresAt),
  counted: grant.spec.maxUses !== undefined,
  bound: grant.spec.operation !== undefined,
})

/** Of several grants the one that ends first is used, so that the longer one is left. */
function soonest(grants: readonly AccessGrant[]): AccessGrant | undefined {
  return [...grants].sort((a, b) => Date.parse(a.spec.expiresAt) - Date.parse(b.spec.expiresAt))[0]
}

/**
 * The grant that a request rests on. Where the policy allows it by itself no use is taken, so a grant of counted uses gives
 * nothing there: its elevated group would reach further than RBAC lets the agent read, and as often as it likes. One that was approved
 * under a policy that no longer governs the agent, or asks for less than the strictest one, gives nothing either.
 */
function chosen(grants: readonly AccessGrant[], input: JudgeInput): AccessGrant | undefined {
  const { classified, decision, bond } = input
  const under = decision.alike ?? [decision.policy]
  const covering = grants.filter(
    (grant) => under.includes(grant.spec.policy) && isLive(grant, input) && (grant.spec.rules ?? []).some((rule) => ruleCovers(rule, classified)),
  )
  const bound = covering.find((grant) => grant.spec.operation !== undefined && isBound(grant, bond))
  const open = covering.filter((grant) => grant.spec.operation === undefined)
  if (decision.effect === 'RequireApproval') return bound
  if (decision.effect === 'Allow') return soonest(open.filter((grant) => grant.spec.maxUses === undefined))
  return bound ?? soonest(open)
}

/**
 * Turns what the policies say into a verdict. A grant that is bound to an operation counts for that operation alone; where the
 * policy wants an approval of the very operation, no other grant counts. Does not take a use: the caller claims it.
 */
export function judge(input: JudgeInput): Verdict {
  const { classified, decision } = input
  if (decision.effect === 'Deny' && !decision.shadow) return { kind: 'deny', decision }
  const grant = chosen(input.grants, input)
  if (grant !== undefined) return { kind: 'allow', permit: Permit.seal(classified, decision, describe(grant)) }
  if (decision.effect === 'Allow' || decision.shadow) return { kind: 'allow', permit: Permit.seal(classified, decision) }
  return { kind: 'ask', for: decision.effect === 'RequireApproval' ? 'approval' : 'grant', decision }
}
