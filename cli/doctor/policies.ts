import type { AccessPolicy } from '../../domain/access-policy.ts'
import { conditionOf, type Condition } from '../../domain/conditions.ts'
import { baselineGroup, elevatedGroup } from '../../domain/names.ts'
import { unseen, type Cluster } from './cluster.ts'
import { bad, good, unknown, warning, type Finding } from './finding.ts'
import { readRights, subjectName, type Rights } from './rights.ts'

const isBound = ({ bindings }: Rights, group: string): boolean =>
  bindings.some(({ subjects }) => subjects?.some(({ kind, name }) => kind === 'Group' && name === group) === true)

/** What the policy's status says of a policy that is not ready; the first line is why, the rest mends it. */
function notReady({ metadata: { name }, status }: AccessPolicy, ready: Condition): Finding {
  const broken = status?.conditions?.find((condition) => condition.type !== 'Ready' && condition.status === ready.status)
  const [why = '', ...mend] = (broken?.message ?? '').split('\n')
  const says = `policy "${name}" is not ready (${ready.reason ?? ready.status}): ${why}`
  if (ready.status !== 'False') return unknown(says)
  return ready.reason === 'OtherCluster' ? warning(says) : bad(says, mend.join('\n') || `kubectl describe accesspolicy ${name}`)
}

function standing(policy: AccessPolicy): Finding {
  const { name, generation } = policy.metadata
  const ready = conditionOf(policy.status?.conditions, 'Ready')
  const look = 'kubectl -n jit-system get pods -l app.kubernetes.io/name=jit-gateway'
  if (ready === undefined) return unknown(`policy "${name}": no gateway has looked at it yet`, look)
  if (ready.observedGeneration !== generation) return unknown(`policy "${name}": no gateway has looked at its newest version yet`, look)
  return ready.status === 'True' ? good(`policy "${name}" can work`) : notReady(policy, ready)
}

function groups({ metadata: { name } }: AccessPolicy, rights: Rights): readonly Finding[] {
  const [baseline, elevated] = [baselineGroup(name), elevatedGroup(name)]
  return [
    isBound(rights, baseline)
      ? good(`its agents have rights at any time (${baseline} is bound)`)
      : bad(
          `${baseline} is bound to nothing: agents of policy "${name}" can neither read nor ask`,
          `kubectl create clusterrolebinding 'jit-baseline:${name}:agent' --clusterrole=jit-agent --group='${baseline}'`,
        ),
    isBound(rights, elevated)
      ? good(`a grant can give something (${elevated} is bound)`)
      : warning(`${elevated} is bound to nothing: no grant under policy "${name}" gives anything`, 'see manifests/samples/policy-rbac.yaml'),
  ]
}

/** An approver needs both; the virtual verb may be bound in one namespace only, so where it is bound is not asked. */
function approvers({ metadata: { name } }: AccessPolicy, rights: Rights): Finding {
  const update = rights.holders({ verbs: ['update', 'patch'], group: 'jit.access', resources: ['accessrequests/approval'] })
  const certify = rights.bindings.flatMap((binding) => {
    const namespace = binding.metadata.namespace
    const right = { verbs: ['certify'], group: 'jit.access', resources: ['accesspolicies'], name, ...(namespace === undefined ? {} : { namespace }) }
    return rights.holders(right).filter((holder) => holder.binding === binding)
  })
  const both = certify.filter(({ subject, all }) => !all && update.some((holder) => subjectName(holder.subject) === subjectName(subject)))
  const names = [...new Set(both.map(({ subject }) => subjectName(subject)))]
  if (names.length > 0) return good(`who certifies under policy "${name}": ${names.join(', ')}`)
  return warning(
    `nobody but cluster admins can certify under policy "${name}", as far as RBAC says`,
    `kubectl create clusterrolebinding jit-approvers --clusterrole=jit-approver --group=GROUP`,
  )
}

/** Whether each policy can work, and what stands behind it. */
export async function checkPolicies(cluster: Cluster): Promise<readonly Finding[]> {
  const [policies, rights] = await Promise.all([cluster.list<AccessPolicy>('/apis/jit.access/v1/accesspolicies'), readRights(cluster)])
  if (policies.is !== 'there') return [unseen('AccessPolicies', policies)]
  if (policies.value.length === 0) return [warning('there is no AccessPolicy, so no agent is let in', 'see manifests/samples/policy.yaml')]
  if (rights.is !== 'there') return [...policies.value.map(standing), unseen('RBAC', rights)]
  return policies.value.flatMap((policy) => [standing(policy), ...groups(policy, rights.value), approvers(policy, rights.value)])
}
