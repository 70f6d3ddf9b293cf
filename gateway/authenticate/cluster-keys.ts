import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../../domain/clock.ts'

const MAX_AGE_MS = 600_000
/** Minimum time between two fetches for an unknown key, and after a failed fetch, so that forged tokens cannot flood kube-apiserver. */
const COOLDOWN_MS = 30_000

export type ClusterKeys = {
  /** Returns the cached keys; undefined when they could not be fetched. */
  current(): Promise<JWTVerifyGetKey | undefined>
  /** Returns the keys after a key was not found: fetches them again, unless they were fetched within the last 30 seconds. */
  renewed(): Promise<JWTVerifyGetKey | undefined>
}

/** Caches the cluster's keys for ServiceAccount tokens for ten minutes. When a refresh fails, the old keys are not trusted. */
export function createClusterKeys(options: {
  readonly fetchKeys: () => Promise<JSONWebKeySet>
  readonly clock: Clock
  /** Called when a fetch fails. */
  readonly onError: (error: unknown) => void
}): ClusterKeys {
  const { fetchKeys, clock, onError } = options
  let keys: JWTVerifyGetKey | undefined
  let askedMs = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined

  const ask = async (): Promise<void> => {
    askedMs = clock.nowMs()
    try {
      keys = createLocalJWKSet(await fetchKeys())
    } catch (error) {
      keys = undefined
      onError(error)
    }
  }
  const after = async (ageMs: number): Promise<JWTVerifyGetKey | undefined> => {
    if (clock.nowMs() - askedMs >= ageMs) asking ??= ask().finally(() => (asking = undefined))
    await asking
    return keys
  }
  return { current: () => after(keys === undefined ? COOLDOWN_MS : MAX_AGE_MS), renewed: () => after(COOLDOWN_MS) }
}
