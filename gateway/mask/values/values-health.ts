/** The watch of Secrets, as an informer knows it. */
type Watch = { synced(): boolean; staleForMs(): number }

export type ValuesHealth = {
  /** For how long the known values have not been those of the cluster: 0 while they are, Infinity before all of them were learned once. */
  outdatedForMs(): number
  /** Whether they may be called known. A watch that breaks and comes back within 10 seconds changes nothing. */
  ok(): boolean
}

/** The gateway refuses requests by then, so that another replica should get them. */
const MAX_OUTDATED_MS = 10_000

/**
 * Whether the values that answers are searched for are those of the cluster.
 * @param isReady whether the values that were there at the start are learned
 */
export function createValuesHealth(secrets: Watch, isReady: () => boolean): ValuesHealth {
  const outdatedForMs = (): number => (secrets.synced() && isReady() ? secrets.staleForMs() : Number.POSITIVE_INFINITY)
  return { outdatedForMs, ok: () => outdatedForMs() <= MAX_OUTDATED_MS }
}
