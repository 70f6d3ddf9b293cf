import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { Condition } from '../../domain/api/conditions.ts'
import { POLICIES_PATH } from '../../domain/api/names.ts'
import { unreadableFinding, type Cluster } from './visible-cluster.ts'
import { bad, good, warning, type Finding } from '../../domain/doctor/finding.ts'
import { GROUP_OF, policyPermissions, policyReadiness, splitMessage } from '../../domain/doctor/policy-findings.ts'
import { bindingName, readRights, subjectName, type RBACBinding, type Rights } from './rights.ts'

export const boundTo = ({ bindings }: Rights, group: string): readonly RBACBinding[] =>
  bindings.filter(({ subjects }) => subjects?.some(({ kind, name }) => kind === 'Group' && name === group) === true)

const MAX_SHOWN = 5

/**
 * The gateway reviews access cluster-wide and in the namespaces that rules name. Roles bound in other namespaces are found in the RBAC
 * objects here. Undefined: the condition is sufficient.
 */
function inSingleNamespaces({ metadata: { name } }: AccessPolicy, broken: Condition, rights: Rights): Finding | undefined {
  const group = GROUP_OF[broken.type]?.(name)
  if (group === undefined || broken.status !== 'Unknown' || broken.reason === 'NotAsked') return undefined
  const bindings = boundTo(rights, group).map(bindingName)
  if (bindings.length === 0) return bad(`policy "${name}" is not ready: ${group} is bound to nothing`, splitMessage(broken).fix)
  return good(`policy "${name}" works where ${group} is bound: ${bindings.slice(0, MAX_SHOWN).join(', ')}`)
}

/** An approver needs both rights. The virtual verb `certify` may be bound in a single namespace, so any namespace counts. */
export function approvers({ metadata: { name } }: AccessPolicy, rights: Rights): Finding {
  const update = rights.holders({ verbs: ['update', 'patch'], group: 'jit.access', resources: ['accessrequests/approval'] })
  const certify = rights.bindings.flatMap((binding) => {
    const namespace = binding.metadata.namespace
    const right = { verbs: ['certify'], group: 'jit.access', resources: ['accesspolicies'], name, ...(namespace === undefined ? {} : { namespace }) }
    return rights.holders(right).filter((holder) => holder.binding === binding)
  })
  const both = certify.filter(({ subject, all }) => !all && update.some((holder) => subjectName(holder.subject) === subjectName(subject)))
  const names = [...new Set(both.map(({ subject }) => subjectName(subject)))]
  if (names.length > 0) return good(`approvers of policy "${name}": ${names.join(', ')}`)
  return warning(
    `only cluster admins can certify under policy "${name}", according to RBAC`,
    `kubectl create clusterrolebinding jit-approvers --clusterrole=jit-approver --group=GROUP`,
  )
}

/** Checks whether each policy is ready, what RBAC allows its agents, and who its approvers are. */
export async function checkPolicies(cluster: Cluster): Promise<readonly Finding[]> {
  const [policies, rights] = await Promise.all([cluster.list<AccessPolicy>(POLICIES_PATH), readRights(cluster)])
  if (policies.is !== 'there') return [unreadableFinding('AccessPolicies', policies)]
  if (policies.value.length === 0) return [warning('there is no AccessPolicy, so every agent is refused', 'see manifests/samples/policy.yaml')]
  if (rights.is !== 'there')
    return [...policies.value.flatMap((policy) => [policyReadiness(policy), ...policyPermissions(policy)]), unreadableFinding('RBAC', rights)]
  const resolve = (policy: AccessPolicy, broken: Condition): Finding | undefined => inSingleNamespaces(policy, broken, rights.value)
  return policies.value.flatMap((policy) => [policyReadiness(policy, resolve), ...policyPermissions(policy), approvers(policy, rights.value)])
}
