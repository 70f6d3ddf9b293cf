/** The state of the watch of Secrets. Implemented by an informer. */
type Watch = { synced(): boolean; staleForMs(): number }

export type ValuesHealth = {
  /** How long the known values have been out of date, in milliseconds: 0 while they are current, Infinity before all were learned once. */
  outdatedForMs(): number
  /** Whether the values count as known. Stays true if the watch breaks and reconnects within 10 seconds. */
  ok(): boolean
}

/** Beyond this age the gateway refuses requests, so another replica should get them. */
const MAX_OUTDATED_MS = 10_000

/**
 * Reports whether the known values match the Secrets of the cluster.
 * @param isReady whether the values that existed at startup are learned
 */
export function createValuesHealth(secrets: Watch, isReady: () => boolean): ValuesHealth {
  const outdatedForMs = (): number => (secrets.synced() && isReady() ? secrets.staleForMs() : Number.POSITIVE_INFINITY)
  return { outdatedForMs, ok: () => outdatedForMs() <= MAX_OUTDATED_MS }
}
