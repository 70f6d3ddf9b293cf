import type { AccessPolicy } from '../api/access-policy.ts'
import type { Identity } from '../identity.ts'
import { AGENT_USER, AGENTS_GROUP, baselineGroup, elevatedGroup, EXTRA } from '../api/names.ts'

/** Groups of a token that policies pass on as Kubernetes groups. Never a group to which Kubernetes or jit-access gives a meaning. */
export function passedGroups(tokenGroups: readonly string[], policies: readonly AccessPolicy[]): readonly string[] {
  const passed = new Set(policies.flatMap((policy) => policy.spec.tokenGroups ?? []))
  return tokenGroups.filter((group) => passed.has(group) && !group.startsWith('system:') && !group.startsWith('jit.access:'))
}

/** The Kubernetes groups of an agent's requests. `elevated`: the policy of the grant that covers the request. */
export function actingGroups(tokenGroups: readonly string[], policies: readonly AccessPolicy[], elevated?: string): readonly string[] {
  const groups = [
    AGENTS_GROUP,
    ...policies.map((policy) => baselineGroup(policy.metadata.name)),
    ...(elevated === undefined ? [] : [elevatedGroup(elevated)]),
    ...passedGroups(tokenGroups, policies),
  ]
  return [...new Set(groups)]
}

/** The identity of an agent in RBAC: as the gateway impersonates it and kube-apiserver completes it. @param identity with the groups of its token */
export const actingIdentity = (identity: Identity, policies: readonly AccessPolicy[], elevated?: string): Identity => ({
  username: AGENT_USER,
  uid: '',
  groups: [...actingGroups(identity.groups, policies, elevated), 'system:authenticated'],
  extra: { ...identity.extra, [EXTRA.user]: [identity.username] },
})
