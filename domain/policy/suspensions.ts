import { isInForce, type AccessSuspension } from '../api/access-suspension.ts'
import type { AccessPolicy, PolicySubject } from '../api/access-policy.ts'
import type { Decision } from '../decision.ts'
import { accountOf, type Identity } from '../identity.ts'
import { usernameOf } from '../api/subject.ts'
import { governs } from './governs.ts'

/** Whom a suspension may stop: an identity, and the policies that may govern it. */
export type Suspect = { readonly identity: Identity; readonly policies: readonly AccessPolicy[]; readonly cluster?: string }

/** The suspensions in force, indexed so that a request costs the same however many there are. */
export type Suspensions = {
  /** Number of suspensions in force. */
  readonly size: number
  /** A suspension that stops the identity; undefined if there is none. Does not check that a policy governs the identity, except where `policy` names one. */
  find(suspect: Suspect): AccessSuspension | undefined
}

/** User names are compared as when nobody may decide a request of their own: another spelling does not get around a suspension. */
const userKey = (username: string): string => accountOf(username.toLowerCase())
const keyOf = (subject: PolicySubject): string => (subject.kind === 'Group' ? `group ${subject.name}` : `user ${userKey(usernameOf(subject) ?? '')}`)

/** @param all every suspension, lifted ones included */
export function indexSuspensions(all: readonly AccessSuspension[]): Suspensions {
  const inForce = all.filter(isInForce)
  const everybody = inForce.find(({ spec }) => spec.all === true)
  const bySubject = new Map<string, AccessSuspension>()
  const byPolicy = new Map<string, AccessSuspension>()
  for (const suspension of inForce) {
    for (const subject of suspension.spec.subjects ?? []) bySubject.set(keyOf(subject), suspension)
    if (suspension.spec.policy !== undefined) byPolicy.set(suspension.spec.policy, suspension)
  }
  const ofSubject = ({ username, groups }: Identity): AccessSuspension | undefined => {
    if (bySubject.size === 0) return undefined
    const group = groups.find((each) => bySubject.has(`group ${each}`))
    return bySubject.get(`user ${userKey(username)}`) ?? (group === undefined ? undefined : bySubject.get(`group ${group}`))
  }
  /** A policy counts in each of its modes: a suspension is stricter than what it observes. */
  const ofPolicy = ({ identity, policies, cluster }: Suspect): AccessSuspension | undefined => {
    if (byPolicy.size === 0) return undefined
    const policy = policies.find((each) => byPolicy.has(each.metadata.name) && governs(each, identity, cluster))
    return policy === undefined ? undefined : byPolicy.get(policy.metadata.name)
  }
  return { size: inForce.length, find: (suspect) => everybody ?? ofSubject(suspect.identity) ?? ofPolicy(suspect) }
}

/** Indexes lists of suspensions, and keeps the index while the list is the same array. */
export function createSuspensionIndex(): (all: readonly AccessSuspension[]) => Suspensions {
  let indexed: readonly AccessSuspension[] = []
  let index = indexSuspensions(indexed)
  return (all) => {
    if (all !== indexed) [indexed, index] = [all, indexSuspensions(all)]
    return index
  }
}

/** The decision about a governed identity that a suspension stops: everything is denied, also what a policy in Shadow mode only observes. */
export function suspend({ policy, rule, risk }: Decision, { metadata, spec }: AccessSuspension): Decision {
  return { effect: 'Deny', policy, rule, risk, shadow: false, suspended: { name: metadata.name, reason: spec.reason } }
}
