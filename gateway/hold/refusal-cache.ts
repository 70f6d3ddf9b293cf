import type { Clock } from '../../domain/clock.ts'
import type { StatusError } from '../../domain/status-error.ts'
import { OwnedCache } from '../../server/owned-cache.ts'
import type { Held } from '../ports.ts'

/** How long a refusal is cached. kubectl retries within milliseconds. */
const CACHE_MS = 5_000
/** For each agent, so that an agent in a loop cannot evict the refusals of another. More agents than operations that may wait at once. */
const BOUNDS = { owners: 512, each: 64 }

export type RefusalCache = {
  /** @throws StatusError the cached refusal, if the same stream was just refused over WebSocket. Each refusal is returned once */
  check(held: Held): void
  keep(held: Held, error: StatusError): void
}

const agentOf = ({ asked }: Held): string => asked.caller.identity.username

/**
 * Caches refusals of WebSocket streams. kubectl immediately retries a refused exec, attach or port-forward over SPDY; the retry gets the same
 * refusal, so that approvers do not see the operation twice.
 */
export function createRefusalCache(clock: Clock): RefusalCache {
  const refused = new OwnedCache<{ readonly error: StatusError; readonly untilMs: number }>(BOUNDS)
  return {
    check: (held) => {
      if (held.asked.upgrade !== 'spdy/3.1') return
      const known = refused.get(agentOf(held), held.digest)
      refused.delete(agentOf(held), held.digest)
      if (known !== undefined && clock.nowMs() < known.untilMs) throw known.error
    },
    keep: (held, error) => {
      if (held.asked.upgrade !== 'websocket' || held.asked.gone.aborted) return
      refused.set(agentOf(held), held.digest, { error, untilMs: clock.nowMs() + CACHE_MS })
    },
  }
}
