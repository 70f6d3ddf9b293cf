import type { Clock } from '../../domain/clock.ts'
import type { StatusError } from '../../domain/status-error.ts'
import type { Held } from '../ports.ts'

/** kubectl repeats within milliseconds. */
const ECHO_MS = 5_000
const MOST = 1024

export type RefusalCache = {
  /** @throws StatusError the refusal of the same stream over WebSocket a moment ago, once */
  check(held: Held): void
  keep(held: Held, error: StatusError): void
}

const keyOf = ({ asked, digest }: Held): string => `${digest} ${asked.caller.identity.username}`

/**
 * kubectl repeats a refused WebSocket exec, attach or port-forward at once over SPDY. That is one ask, so it gets the one answer
 * and no approver sees it twice.
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
      if (refused.size >= MOST) refused.clear()
      refused.set(keyOf(held), { error, untilMs: clock.nowMs() + ECHO_MS })
    },
  }
}
