import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Informer } from '../../kube/informer.ts'

/** A policy that works is looked at this often: RBAC may have been taken away. */
const WORKING_MS = 60_000
/** One that does not is waited for by somebody. */
const BROKEN_MS = 5_000
/** However often a failing request says so, a policy is not looked at more often. */
const SOONEST_MS = 1_000
const TICK_MS = 1_000

export type StatusKeeper = {
  start(): void
  stop(): void
  /** Says that requests of this policy failed for a reason that its status may not tell yet. */
  suspect(policy: string): void
}

export type StatusKeeperOptions = {
  readonly policies: Pick<Informer<AccessPolicy>, 'list' | 'get' | 'synced' | 'staleForMs' | 'subscribe'>
  readonly clock: Clock
  /** Looks at a policy and writes what it found; whether the policy can work. Does not throw. */
  readonly look: (policy: AccessPolicy) => Promise<boolean>
}

type Looked = { readonly atMs: number; readonly dueMs: number }

/**
 * Says when to look at which policy: when it is new or was changed, and now and then. One at a time. A change of the status alone is
 * nothing to look at, or each look would lead to the next.
 */
export function keepPolicyStatus({ policies, clock, look }: StatusKeeperOptions): StatusKeeper {
  const looked = new Map<string, Looked>()
  const changed = new Set<string>()
  let running = false
  let timer: NodeJS.Timeout | undefined

  const isDue = (name: string): boolean => changed.has(name) || clock.nowMs() >= (looked.get(name)?.dueMs ?? 0)

  const lookAtDue = async (): Promise<void> => {
    for (const name of looked.keys()) if (policies.get(name) === undefined) looked.delete(name)
    for (const { metadata } of policies.list().filter((policy) => isDue(policy.metadata.name))) {
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
    if (running || !policies.synced() || policies.staleForMs() > 0) return
    running = true
    void lookAtDue().finally(() => (running = false))
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
      // What was found a moment ago may be of before: the tick after the next looks again.
      if (last !== undefined && clock.nowMs() - last.atMs < SOONEST_MS)
        return void looked.set(policy, { ...last, dueMs: Math.min(last.dueMs, last.atMs + SOONEST_MS + TICK_MS) })
      changed.add(policy)
      tick()
    },
  }
}
