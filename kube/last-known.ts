import type { Informer } from './informer.ts'

export type LastKnownLimits = {
  /** A copy whose last contact is within this time counts as current. Changes that it may lack are younger than that. */
  readonly currentMs: number
  /** While the API is away, no user can revoke anything through it, so the copy is trusted for this time. */
  readonly lastKnownMs: number
}

/**
 * The age of a copy that a decision may rely on: 0 while it is current, its age in milliseconds while the API is away, and undefined if it
 * must not be trusted. An old copy is trusted only if the API itself fails. If the API only refuses this process, other clients may still
 * change objects, and the copy misses those changes.
 */
export function believedAgeMs(copy: Pick<Informer<unknown>, 'synced' | 'staleForMs' | 'away'>, limits: LastKnownLimits): number | undefined {
  if (!copy.synced()) return undefined
  const age = copy.staleForMs()
  if (age <= limits.currentMs) return 0
  return copy.away() && age <= limits.lastKnownMs ? age : undefined
}
