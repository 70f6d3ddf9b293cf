import type { AccessRequest } from '../../domain/api/access-request.ts'
import type { Held, HoldOutcome } from '../ports.ts'
import type { AccessRequestClient } from './access-requests.ts'

/** The AccessRequest that an operation waits for. `expiresAtMs` is Infinity without a valid expiry. */
export type FiledHold = { readonly name: string; readonly expiresAtMs: number }

/** AbortSignal.timeout takes at most 2^31 - 1 ms. */
const MAX_TIMER_MS = 24 * 3600 * 1000

export function filedOf({ metadata, status }: AccessRequest): FiledHold {
  const expiresAtMs = Date.parse(status?.expiresAt ?? '')
  return { name: metadata.name, expiresAtMs: Number.isNaN(expiresAtMs) ? Infinity : expiresAtMs }
}

/**
 * Waits until the request is decided, the hold time of the policy ends, the request or the token expires, or the client disconnects. A decision that
 * arrives before the deadline always wins over the timeout. @throws StatusError when the request cannot be read
 */
export async function waitForDecision({ name, expiresAtMs }: FiledHold, held: Held, requests: AccessRequestClient): Promise<HoldOutcome> {
  const { gone, caller } = held.asked
  const startMs = requests.nowMs()
  const [requestMs, tokenMs] = [expiresAtMs - startMs, caller.expiresAtMs - startMs]
  const waitMs = Math.min(held.timeoutMs, requestMs, tokenMs, MAX_TIMER_MS)
  const decided = await requests.whenDecided(name, AbortSignal.any([gone, AbortSignal.timeout(Math.max(0, waitMs))]))
  if (decided !== undefined) return { ...decided, name }
  if (gone.aborted) return { phase: 'Left', name, request: await requests.read(name).catch(() => undefined) }
  const last = await requests.find(name)
  if ('phase' in last) return { ...last, name }
  // A timer can end some milliseconds before the clock reaches its time, so the clock alone does not tell which time has come.
  if (requestMs <= waitMs) return { phase: 'Expired', name, request: last.request }
  const isTokenExpired = tokenMs <= waitMs || requests.nowMs() >= caller.expiresAtMs
  return { phase: isTokenExpired ? 'TokenExpired' : 'TimedOut', name, request: last.request }
}
