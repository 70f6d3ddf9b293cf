import type { AccessPolicy } from '../api/access-policy.ts'
import { withTokenGroups, type Identity } from '../identity.ts'
import { serviceAccountAgent, serviceAccountGroups, serviceAccountUser } from '../api/names.ts'
import { governs } from './governs.ts'

const DIRECT = serviceAccountUser('', '').slice(0, -1)
const BEHIND_GATEWAY = serviceAccountAgent('', '').slice(0, -1)

/** Namespace and name of a ServiceAccount, from either of its user names (docs/decisions/0012). */
function accountOf(username: string): readonly [namespace: string, name: string] | undefined {
  const prefix = [DIRECT, BEHIND_GATEWAY].find((each) => username.startsWith(each))
  const [namespace, name, ...more] = prefix === undefined ? [] : username.slice(prefix.length).split(':')
  return namespace === undefined || name === undefined || more.length > 0 ? undefined : [namespace, name]
}

/** The identity under each of its names, with the groups that it has under any of them. */
function namesOf(user: Identity): readonly Identity[] {
  const identity = withTokenGroups(user)
  const account = accountOf(identity.username)
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
