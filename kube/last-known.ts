import type { Informer } from './informer.ts'

export type Limits = {
  /** A copy that was in touch within this time is as good as the API: what lacks is too young to count. */
  readonly currentMs: number
  /** While the API itself is away, nobody can revoke anything by it: the copy is still believed for this time. */
  readonly lastKnownMs: number
}

/**
 * How old the copy is that a decision may rest on: 0 while it is current, the age in milliseconds while the API is away, undefined when it
 * must not be believed. A copy is not believed because it is ours alone that is old: the API must be away for us by its own failure, and not
 * since it refuses us, for then it may tell others what we do not hear.
 */
export function believedAgeMs(copy: Pick<Informer<unknown>, 'synced' | 'staleForMs' | 'away'>, limits: Limits): number | undefined {
  if (!copy.synced()) return undefined
  const age = copy.staleForMs()
  if (age <= limits.currentMs) return 0
  return copy.away() && age <= limits.lastKnownMs ? age : undefined
}
