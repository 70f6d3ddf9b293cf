import type { AccessPolicy } from '../api/access-policy.ts'
import { withTokenGroups, type Identity } from '../identity.ts'
import { serviceAccountAgent, serviceAccountGroups, serviceAccountUser } from '../api/names.ts'
import { accountNamed } from '../api/subject.ts'
import { governs } from './governs.ts'

/** The identity under each of its names, with the groups that it has under any of them. */
function namesOf(user: Identity): readonly Identity[] {
  const identity = withTokenGroups(user)
  const account = accountNamed(identity.username)
  if (account === undefined) return [identity]
  const [namespace, name] = account
  const groups = [...identity.groups, ...serviceAccountGroups(namespace)]
  return [serviceAccountUser(namespace, name), serviceAccountAgent(namespace, name)].map((username) => ({ ...identity, username, groups }))
}

/** Whether a policy governs an identity in any cluster, in any mode and under any of its names. */
export function governsAnywhere(policy: AccessPolicy, user: Identity): boolean {
  const { clusters: _, ...spec } = policy.spec
  return namesOf(user).some((identity) => governs({ ...policy, spec }, identity))
}
