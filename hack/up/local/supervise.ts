import type { Component } from '../../cluster/component.ts'

const LOOK_MS = 200
/** A process that ran for less than this waits longer before each restart, like a container in CrashLoopBackOff. */
const STEADY_MS = 10_000
const BACKOFF_MS = { first: 0, second: 500, most: 10_000 }

type Watched = Pick<Component, 'name' | 'start' | 'failure'>

export type SuperviseOptions = {
  readonly components: readonly Watched[]
  /** Called after a process was restarted: its pid has changed. */
  readonly restarted: (name: string, why: string) => void
  readonly nowMs: () => number
}

/** Restarts processes that exited or were killed, as the kubelet does with containers. A process ended by `kill()` stays down. */
export function supervise({ components, restarted, nowMs }: SuperviseOptions): { stop(): void } {
  const waits = new Map<Watched, { startedMs: number; waitMs: number; dueMs?: number }>()
  for (const component of components) waits.set(component, { startedMs: nowMs(), waitMs: BACKOFF_MS.first })
  let stopped = false

  const look = async (component: Watched): Promise<void> => {
    const state = waits.get(component)
    const failure = await component.failure()
    if (state === undefined || failure === undefined || stopped) return
    const now = nowMs()
    if (state.dueMs === undefined) {
      if (now - state.startedMs >= STEADY_MS) state.waitMs = BACKOFF_MS.first
      state.dueMs = now + state.waitMs
      state.waitMs = Math.min(Math.max(state.waitMs * 2, BACKOFF_MS.second), BACKOFF_MS.most)
    }
    if (now < state.dueMs) return
    delete state.dueMs
    state.startedMs = now
    component.start()
    restarted(component.name, failure.split(';')[0] ?? failure)
  }

  let looking = false
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void Promise.all(components.map(look)).finally(() => (looking = false))
  }, LOOK_MS)
  return {
    stop: () => {
      stopped = true
      clearInterval(timer)
    },
  }
}
