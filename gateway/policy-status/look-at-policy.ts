import type { AccessPolicy } from '../../domain/access-policy.ts'
import type { Clock } from '../../domain/clock.ts'
import { conditionOf } from '../../domain/conditions.ts'
import { API_VERSION } from '../../domain/names.ts'
import { conditionsWith, isForCluster, standingOf, type Impersonation, type Statement } from '../../domain/policy/standing.ts'
import { fieldFaults, type FieldDoors } from '../../domain/policy/typed-conditions.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Discovery } from '../../kube/discovery.ts'
import type { KubeClient } from '../../kube/client.ts'
import { reasonOf, type Log } from '../../server/log.ts'
import { POLICIES_PATH } from '../access/access-view.ts'
import type { Probe } from './probe.ts'

export type LookOptions = {
  readonly client: KubeClient
  readonly probe: Probe
  readonly clock: Clock
  readonly log: Log
  /** Name of this cluster. Left out: it has none. */
  readonly cluster?: string
  /** What is wrong with a CEL condition, or nothing. */
  readonly compiles: (condition: string) => string | undefined
  readonly discovery: Discovery
  readonly fields: FieldDoors
  /** Whether a condition has used up the steps of a request. */
  readonly isExpensive: (condition: string) => boolean
}

const ELSEWHERE: Impersonation = { can: 'unknown', why: 'it does not hold in this cluster, so nobody acts with its groups' }

/** Somebody else was faster, or the policy is gone: the watch tells, and it is looked at again. */
const isOvertaken = (error: unknown): boolean => error instanceof StatusError && (error.code === 409 || error.code === 404)

function tell(log: Log, policy: AccessPolicy, ready: Statement): void {
  if (conditionOf(policy.status?.conditions, 'Ready')?.status === ready.status) return
  const fields = { policy: policy.metadata.name, reason: ready.reason }
  if (ready.status === 'True') log.info('policy.ready', fields)
  else log.warn('policy.not-ready', fields)
}

/**
 * Finds out whether a policy can work and writes `status.conditions` when they say something else. Replicas do so side by side: they find
 * the same, and a write under a version that is no longer the newest is refused. Gives whether it can work.
 */
export function createLook(options: LookOptions): (policy: AccessPolicy) => Promise<boolean> {
  const { client, probe, clock, log, cluster, compiles, discovery, fields, isExpensive } = options
  const write = async (policy: AccessPolicy, statements: readonly Statement[]): Promise<void> => {
    const conditions = conditionsWith(policy, statements, `${new Date(clock.nowMs()).toISOString().slice(0, 19)}Z`)
    if (conditions === undefined) return
    await client.json({
      method: 'PUT',
      path: `${POLICIES_PATH}/${encodeURIComponent(policy.metadata.name)}/status`,
      query: { fieldManager: 'jit-gateway' },
      body: { ...policy, apiVersion: API_VERSION, kind: 'AccessPolicy', status: { ...policy.status, conditions } },
    })
  }
  return async (policy) => {
    const impersonation = isForCluster(policy, cluster) ? await probe(policy) : ELSEWHERE
    const discovered = await discovery().catch(() => undefined)
    const faults = await fieldFaults(policy.spec.rules ?? [], fields)
    const statements = standingOf(policy, {
      impersonation,
      compiles,
      isExpensive,
      discovered,
      fieldFaults: faults,
      ...(cluster === undefined ? {} : { cluster }),
    })
    const [ready] = statements
    try {
      await write(policy, statements)
      tell(log, policy, ready)
      return ready.status === 'True'
    } catch (error) {
      if (!isOvertaken(error)) log.warn('policy.status-unwritten', { policy: policy.metadata.name, error: reasonOf(error) })
      return false
    }
  }
}
