import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { conditionOf, type Condition } from '../../domain/api/conditions.ts'
import { baselineGroup, elevatedGroup, POLICIES_PATH } from '../../domain/api/names.ts'
import { unseen, type Cluster } from './cluster.ts'
import { bad, good, unknown, warning, type Finding } from './finding.ts'
import { bindingName, readRights, subjectName, type Binding, type Rights } from './rights.ts'

export const boundTo = ({ bindings }: Rights, group: string): readonly Binding[] =>
  bindings.filter(({ subjects }) => subjects?.some(({ kind, name }) => kind === 'Group' && name === group) === true)

/** Splits a condition message: the first line is the cause, the rest is the fix. */
function splitMessage(condition: Condition | undefined): { readonly why: string; readonly fix: string } {
  const [why = '', ...fix] = (condition?.message ?? '').split('\n')
  return { why, fix: fix.join('\n') }
}

const GROUPS: { readonly [type: string]: (policy: string) => string } = { Permitted: baselineGroup, Grantable: elevatedGroup }
const MAX_SHOWN = 5

/**
 * The gateway reviews access cluster-wide and in the namespaces that rules name. Roles bound in other namespaces are found in the RBAC
 * objects here. Undefined: the condition is sufficient.
 */
function inSingleNamespaces({ metadata: { name } }: AccessPolicy, broken: Condition, rights: Rights): Finding | undefined {
  const group = GROUPS[broken.type]?.(name)
  if (group === undefined || broken.status !== 'Unknown' || broken.reason === 'NotAsked') return undefined
  const bindings = boundTo(rights, group).map(bindingName)
  if (bindings.length === 0) return bad(`policy "${name}" is not ready: ${group} is bound to nothing`, splitMessage(broken).fix)
  return good(`policy "${name}" works where ${group} is bound: ${bindings.slice(0, MAX_SHOWN).join(', ')}`)
}

/** The finding for a policy that is not ready, from its status. */
function notReady(policy: AccessPolicy, ready: Condition, rights: Rights | undefined): Finding {
  const { metadata, status } = policy
  const broken = status?.conditions?.find(({ type, reason }) => type !== 'Ready' && reason === ready.reason)
  const resolved = broken === undefined || rights === undefined ? undefined : inSingleNamespaces(policy, broken, rights)
  if (resolved !== undefined) return resolved
  const { why, fix } = splitMessage(broken)
  const message = `policy "${metadata.name}" is not ready (${ready.reason ?? ready.status}): ${why}`
  if (ready.status !== 'False') return unknown(message)
  return ready.reason === 'OtherCluster' ? warning(message) : bad(message, fix || `kubectl describe accesspolicy ${metadata.name}`)
}

function readiness(policy: AccessPolicy, rights?: Rights): Finding {
  const { name, generation } = policy.metadata
  const ready = conditionOf(policy.status?.conditions, 'Ready')
  const look = 'kubectl -n jit-system get pods -l app.kubernetes.io/name=jit-controller'
  if (ready === undefined) return unknown(`policy "${name}": no controller has checked it yet`, look)
  if (ready.observedGeneration !== generation) return unknown(`policy "${name}": no controller has checked its newest version yet`, look)
  return ready.status === 'True' ? good(`policy "${name}" is ready`) : notReady(policy, ready, rights)
}

/** What RBAC allows the agents, and grants, of a policy, as found by the controller. Skips what `readiness` already reports. */
function given({ metadata: { name }, status }: AccessPolicy): readonly Finding[] {
  const said = new Set(['NotAsked', conditionOf(status?.conditions, 'Ready')?.reason])
  const conditions = Object.keys(GROUPS).map((type) => conditionOf(status?.conditions, type))
  return conditions.flatMap((condition) => {
    if (condition === undefined || (condition.status !== 'True' && said.has(condition.reason))) return []
    const { why, fix } = splitMessage(condition)
    return [condition.status === 'True' ? good(`policy "${name}": ${why}`) : warning(`policy "${name}": ${why}`, fix)]
  })
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
  if (policies.is !== 'there') return [unseen('AccessPolicies', policies)]
  if (policies.value.length === 0) return [warning('there is no AccessPolicy, so every agent is refused', 'see manifests/samples/policy.yaml')]
  if (rights.is !== 'there') return [...policies.value.flatMap((policy) => [readiness(policy), ...given(policy)]), unseen('RBAC', rights)]
  return policies.value.flatMap((policy) => [readiness(policy, rights.value), ...given(policy), approvers(policy, rights.value)])
}
