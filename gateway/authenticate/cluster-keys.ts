import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../../domain/clock.ts'

const MAX_AGE_MS = 600_000
/** Between two fetches for the sake of an unknown key, and after a failed one: made-up tokens are no flood at kube-apiserver. */
const COOLDOWN_MS = 30_000

export type ClusterKeys = {
  /** The keys as they are known; undefined when they could not be had. */
  current(): Promise<JWTVerifyGetKey | undefined>
  /** The keys after one of them was not found: fetched anew, unless that was done a moment ago. */
  renewed(): Promise<JWTVerifyGetKey | undefined>
}

/** The cluster's own keys for ServiceAccount tokens, kept for ten minutes. When they cannot be had anew the old ones are not believed. */
export function createClusterKeys(options: {
  readonly fetchKeys: () => Promise<JSONWebKeySet>
  readonly clock: Clock
  /** Told when they could not be fetched. */
  readonly onTrouble: (error: unknown) => void
}): ClusterKeys {
  const { fetchKeys, clock, onTrouble } = options
  let keys: JWTVerifyGetKey | undefined
  let askedMs = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined

  const ask = async (): Promise<void> => {
    askedMs = clock.nowMs()
    try {
      keys = createLocalJWKSet(await fetchKeys())
    } catch (error) {
      keys = undefined
      onTrouble(error)
    }
  }
  const after = async (ageMs: number): Promise<JWTVerifyGetKey | undefined> => {
    if (clock.nowMs() - askedMs >= ageMs) asking ??= ask().finally(() => (asking = undefined))
    await asking
    return keys
  }
  return { current: () => after(keys === undefined ? COOLDOWN_MS : MAX_AGE_MS), renewed: () => after(COOLDOWN_MS) }
}
