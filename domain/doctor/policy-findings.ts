import type { AccessPolicy } from '../api/access-policy.ts'
import { conditionOf, type Condition } from '../api/conditions.ts'
import { baselineGroup, elevatedGroup } from '../api/names.ts'
import { bad, good, unknown, warning, type Finding } from './finding.ts'

/** Splits a condition message: the first line is the cause, the rest is the fix. */
export function splitMessage(condition: Condition | undefined): { readonly why: string; readonly fix: string } {
  const [why = '', ...fix] = (condition?.message ?? '').split('\n')
  return { why, fix: fix.join('\n') }
}

/** The group of the agents that a condition is about. */
export const GROUP_OF: { readonly [type: string]: (policy: string) => string } = { Permitted: baselineGroup, Grantable: elevatedGroup }

/** A finding that more knowledge gives for a condition that is not True. Undefined: the condition is sufficient. */
export type Resolve = (policy: AccessPolicy, broken: Condition) => Finding | undefined

/** The finding for a policy that is not ready, from its status. */
function notReady(policy: AccessPolicy, ready: Condition, resolve: Resolve): Finding {
  const { metadata, status } = policy
  const broken = status?.conditions?.find(({ type, reason }) => type !== 'Ready' && reason === ready.reason)
  const resolved = broken === undefined ? undefined : resolve(policy, broken)
  if (resolved !== undefined) return resolved
  const { why, fix } = splitMessage(broken)
  const message = `policy "${metadata.name}" is not ready (${ready.reason ?? ready.status}): ${why}`
  if (ready.status !== 'False') return unknown(message)
  return ready.reason === 'OtherCluster' ? warning(message) : bad(message, fix || `kubectl describe accesspolicy ${metadata.name}`)
}

/** Whether a policy can work, by what the controller wrote into its status. */
export function policyReadiness(policy: AccessPolicy, resolve: Resolve = () => undefined): Finding {
  const { name, generation } = policy.metadata
  const ready = conditionOf(policy.status?.conditions, 'Ready')
  const look = 'kubectl -n jit-system get pods -l app.kubernetes.io/name=jit-controller'
  if (ready === undefined) return unknown(`policy "${name}": no controller has checked it yet`, look)
  if (ready.observedGeneration !== generation) return unknown(`policy "${name}": no controller has checked its newest version yet`, look)
  return ready.status === 'True' ? good(`policy "${name}" is ready`) : notReady(policy, ready, resolve)
}

/** What RBAC allows the agents, and grants, of a policy, as found by the controller. Skips what `policyReadiness` already reports. */
export function policyPermissions({ metadata: { name }, status }: AccessPolicy): readonly Finding[] {
  const said = new Set(['NotAsked', conditionOf(status?.conditions, 'Ready')?.reason])
  const conditions = Object.keys(GROUP_OF).map((type) => conditionOf(status?.conditions, type))
  return conditions.flatMap((condition) => {
    if (condition === undefined || (condition.status !== 'True' && said.has(condition.reason))) return []
    const { why, fix } = splitMessage(condition)
    return [condition.status === 'True' ? good(`policy "${name}": ${why}`) : warning(`policy "${name}": ${why}`, fix)]
  })
}
