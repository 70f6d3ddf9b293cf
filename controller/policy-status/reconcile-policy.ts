import { timestamp } from '../../domain/api/object-meta.ts'
import { isForCluster } from '../../domain/policy/governs.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { Clock } from '../../domain/clock.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { API_VERSION, POLICIES_PATH, objectPath } from '../../domain/api/names.ts'
import type { BreakGlassReview } from '../../domain/api/break-glass/review.ts'
import { breakGlassReviewed } from '../../domain/policy/status/break-glass-reviewed.ts'
import { conditionsWith, policyStatements, type Impersonation } from '../../domain/policy/status/policy-conditions.ts'
import type { Permissions } from '../../domain/policy/status/permitted.ts'
import type { Statement } from '../../domain/policy/status/statement.ts'
import { fieldFaults, type FieldDependencies } from '../../domain/policy/conditions/typed-conditions.ts'
import { saysAbsent, StatusError } from '../../domain/status-error.ts'
import type { Discovery } from '../../kube/discovery.ts'
import type { KubeClient } from '../../kube/client.ts'
import { reasonOf, type Log } from '../../server/log.ts'
import type { AskPermissions } from './ask-permissions.ts'
import type { Probe } from './impersonation-check.ts'

export type LookOptions = {
  readonly client: KubeClient
  readonly probe: Probe
  readonly askPermissions: AskPermissions
  readonly clock: Clock
  readonly log: Log
  /** Name of this cluster. Optional. Defaults to none. */
  readonly cluster?: string
  /** Returns the compilation error of a CEL condition. Undefined if it compiles. */
  readonly compiles: (condition: string) => string | undefined
  readonly discovery: Discovery
  readonly fields: FieldDependencies
  /** Whether a condition has exhausted the evaluation steps of a request. */
  readonly isExpensive: (condition: string) => boolean
  /** The reviews of break-glass. Undefined while they are not known. Optional. Defaults to not known. */
  readonly reviews?: () => readonly BreakGlassReview[] | undefined
}

const NOT_HERE = 'it does not apply in this cluster, so no agent acts with its groups'
const ELSEWHERE: { readonly impersonation: Impersonation; readonly permissions: Permissions } = {
  impersonation: { can: 'unknown', why: NOT_HERE },
  permissions: { unknown: NOT_HERE },
}

/** Whether the write lost a race, or the policy is gone. The watch reports the change, and the policy is checked again. */
const isOvertaken = (error: unknown, name: string): boolean =>
  (error instanceof StatusError && error.code === 409) || saysAbsent(error, { resource: 'accesspolicies', name })

function logReadiness(log: Log, policy: AccessPolicy, ready: Statement): void {
  if (conditionOf(policy.status?.conditions, 'Ready')?.status === ready.status) return
  const fields = { policy: policy.metadata.name, reason: ready.reason }
  if (ready.status === 'True') log.info('policy.ready', fields)
  else log.warn('policy.not-ready', fields)
}

/**
 * Checks whether a policy can work, and writes `status.conditions` if they change. A write with an outdated resourceVersion is refused.
 * Returns whether the policy can work.
 */
export function createPolicyReconciler(options: LookOptions): (policy: AccessPolicy) => Promise<boolean> {
  const { client, probe, askPermissions, clock, log, cluster, compiles, discovery, fields, isExpensive, reviews } = options
  const write = async (policy: AccessPolicy, statements: readonly Statement[]): Promise<void> => {
    const conditions = conditionsWith(policy, statements, timestamp(clock.nowMs()))
    if (conditions === undefined) return
    await client.json({
      method: 'PUT',
      path: objectPath(POLICIES_PATH, policy.metadata.name, 'status'),
      query: { fieldManager: 'jit-controller' },
      body: { ...policy, apiVersion: API_VERSION, kind: 'AccessPolicy', status: { ...policy.status, conditions } },
    })
  }
  return async (policy) => {
    const discovered = await discovery().catch(() => undefined)
    const acting = isForCluster(policy, cluster)
      ? { impersonation: await probe(policy), permissions: await askPermissions(policy, discovered) }
      : ELSEWHERE
    const faults = await fieldFaults(policy.spec.rules ?? [], fields)
    const statements = policyStatements(policy, {
      ...acting,
      compiles,
      isExpensive,
      discovered,
      fieldFaults: faults,
      ...(cluster === undefined ? {} : { cluster }),
    })
    const [ready] = statements
    try {
      await write(policy, [...statements, ...breakGlassReviewed(policy, reviews?.(), clock.nowMs())])
      logReadiness(log, policy, ready)
      return ready.status === 'True'
    } catch (error) {
      if (!isOvertaken(error, policy.metadata.name)) log.warn('policy.status-unwritten', { policy: policy.metadata.name, error: reasonOf(error) })
      return false
    }
  }
}
