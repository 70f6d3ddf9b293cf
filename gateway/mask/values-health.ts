import type { Clock } from '../../domain/clock.ts'

/** The watch of Secrets, as an informer knows it. */
type Watch = { synced(): boolean; staleForMs(): number }

export type ValuesHealth = {
  /** The values were taken in. */
  built(): void
  /** They could not be taken in. */
  failed(): void
  /** For how long the known values have not been those of the cluster: 0 while they are, Infinity before Secrets were first read. */
  outdatedForMs(): number
  /** Whether they may be called known. A watch that breaks and comes back within 10 seconds changes nothing. */
  ok(): boolean
}

/** The gateway refuses requests by then, so that another replica should get them. */
const MAX_OUTDATED_MS = 10_000

/** Whether the values that answers are searched for are those of the cluster. */
export function createValuesHealth(secrets: Watch, clock: Clock): ValuesHealth {
  let failedSinceMs: number | undefined
  const outdatedForMs = (): number => {
    if (!secrets.synced()) return Number.POSITIVE_INFINITY
    return Math.max(secrets.staleForMs(), failedSinceMs === undefined ? 0 : clock.nowMs() - failedSinceMs)
  }
  return {
    built: () => void (failedSinceMs = undefined),
    failed: () => void (failedSinceMs ??= clock.nowMs()),
    outdatedForMs,
    ok: () => outdatedForMs() <= MAX_OUTDATED_MS,
  }
}
