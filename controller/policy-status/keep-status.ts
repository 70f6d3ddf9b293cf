import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Informer } from '../../kube/informer.ts'

/** How often to check a working policy, since RBAC may have been removed. */
const WORKING_MS = 60_000
/** How often to check a policy that does not work, since a user probably waits for it. */
const BROKEN_MS = 5_000
/** Minimum interval between checks of a policy, however many requests fail. */
const MIN_INTERVAL_MS = 1_000
const TICK_MS = 1_000

export type StatusKeeper = {
  start(): void
  stop(): void
  /** Reports that requests under this policy failed for a reason that its status may not show yet. */
  suspect(policy: string): void
}

export type StatusKeeperOptions = {
  readonly policies: Pick<Informer<AccessPolicy>, 'list' | 'get' | 'synced' | 'staleForMs' | 'subscribe'>
  readonly clock: Clock
  readonly leads: () => boolean
  /** Checks a policy and writes its status. Returns whether the policy can work. Does not throw. */
  readonly look: (policy: AccessPolicy) => Promise<boolean>
}

type Looked = { readonly atMs: number; readonly dueMs: number }

/**
 * Schedules checks of policies while this process leads: when a policy is created or its spec changes, and periodically. Checks one policy at a time. Ignores changes
 * of the status alone, or each check would trigger the next.
 */
export function createPolicyStatusController({ policies, clock, leads, look }: StatusKeeperOptions): StatusKeeper {
  const looked = new Map<string, Looked>()
  const changed = new Set<string>()
  let running = false
  let timer: NodeJS.Timeout | undefined

  const isDue = (name: string): boolean => changed.has(name) || clock.nowMs() >= (looked.get(name)?.dueMs ?? 0)

  const checkDue = async (): Promise<void> => {
    for (const name of looked.keys()) if (policies.get(name) === undefined) looked.delete(name)
    for (const { metadata } of policies.list().filter((policy) => isDue(policy.metadata.name))) {
      if (!leads()) return
      const policy = policies.get(metadata.name)
      if (policy === undefined) continue
      changed.delete(metadata.name)
      looked.set(metadata.name, { atMs: clock.nowMs(), dueMs: Infinity })
      const works = await look(policy)
      const atMs = clock.nowMs()
      looked.set(metadata.name, { atMs, dueMs: atMs + (works ? WORKING_MS : BROKEN_MS) })
    }
  }

  const tick = (): void => {
    if (running || !leads() || !policies.synced() || policies.staleForMs() > 0) return
    running = true
    void checkDue().finally(() => (running = false))
  }

  policies.subscribe(({ type, object, old }) => {
    const { name, generation } = object.metadata
    if (type === 'DELETED') return void changed.delete(name)
    if (old?.metadata.generation === generation && old?.metadata.uid === object.metadata.uid) return
    changed.add(name)
    tick()
  })
  return {
    start: () => void (timer = setInterval(tick, TICK_MS)),
    stop: () => clearInterval(timer),
    suspect: (policy) => {
      const last = looked.get(policy)
      // The last check may predate the failure, so the policy is checked again after the minimum interval.
      if (last !== undefined && clock.nowMs() - last.atMs < MIN_INTERVAL_MS)
        return void looked.set(policy, { ...last, dueMs: Math.min(last.dueMs, last.atMs + MIN_INTERVAL_MS + TICK_MS) })
      changed.add(policy)
      tick()
    },
  }
}
