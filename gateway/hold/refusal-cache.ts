import type { Clock } from '../../domain/clock.ts'
import type { StatusError } from '../../domain/status-error.ts'
import type { Held } from '../ports.ts'

/** How long a refusal is cached. kubectl retries within milliseconds. */
const CACHE_MS = 5_000
const MAX_ENTRIES = 1024

export type RefusalCache = {
  /** @throws StatusError the cached refusal, if the same stream was just refused over WebSocket. Each refusal is returned once */
  check(held: Held): void
  keep(held: Held, error: StatusError): void
}

const keyOf = ({ asked, digest }: Held): string => `${digest} ${asked.caller.identity.username}`

/**
 * Caches refusals of WebSocket streams. kubectl immediately retries a refused exec, attach or port-forward over SPDY; the retry gets the same
 * refusal, so that approvers do not see the operation twice.
 */
export function createRefusalCache(clock: Clock): RefusalCache {
  const refused = new Map<string, { readonly error: StatusError; readonly untilMs: number }>()
  return {
    check: (held) => {
      if (held.asked.upgrade !== 'spdy/3.1') return
      const known = refused.get(keyOf(held))
      refused.delete(keyOf(held))
      if (known !== undefined && clock.nowMs() < known.untilMs) throw known.error
    },
    keep: (held, error) => {
      if (held.asked.upgrade !== 'websocket' || held.asked.gone.aborted) return
      if (refused.size >= MAX_ENTRIES) refused.clear()
      refused.set(keyOf(held), { error, untilMs: clock.nowMs() + CACHE_MS })
    },
  }
}
