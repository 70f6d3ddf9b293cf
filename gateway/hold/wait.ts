import type { AccessRequest } from '../../domain/api/access-request.ts'
import type { Held } from '../ports.ts'
import type { Decided, AccessRequestClient } from './access-requests.ts'

/** The AccessRequest that an operation waits for. `expiresAtMs` is Infinity without a valid expiry. */
export type Filed = { readonly name: string; readonly expiresAtMs: number }

/**
 * Result of a wait: a decision, or the end of the wait while the request stays open. A client that retries the operation then waits for the same
 * request, or continues if it was approved in the meantime.
 */
export type Waited =
  | (Decided & { readonly open: false })
  | { readonly open: true; readonly phase: 'TimedOut' | 'Left' | 'TokenExpired'; readonly request: AccessRequest | undefined }

/** AbortSignal.timeout takes at most 2^31 - 1 ms. */
const MAX_TIMER_MS = 24 * 3600 * 1000

export function filedOf({ metadata, status }: AccessRequest): Filed {
  const expiresAtMs = Date.parse(status?.expiresAt ?? '')
  return { name: metadata.name, expiresAtMs: Number.isNaN(expiresAtMs) ? Infinity : expiresAtMs }
}

/**
 * Waits until the request is decided, the hold time of the policy ends, the request or the token expires, or the client disconnects. A decision that
 * arrives before the deadline always wins over the timeout. @throws StatusError when the request cannot be read
 */
export async function waitForDecision({ name, expiresAtMs }: Filed, held: Held, requests: AccessRequestClient): Promise<Waited> {
  const { gone, caller } = held.asked
  const startMs = requests.nowMs()
  const [requestMs, tokenMs] = [expiresAtMs - startMs, caller.expiresAtMs - startMs]
  const waitMs = Math.min(held.timeoutMs, requestMs, tokenMs, MAX_TIMER_MS)
  const decided = await requests.whenDecided(name, AbortSignal.any([gone, AbortSignal.timeout(Math.max(0, waitMs))]))
  if (decided !== undefined) return { ...decided, open: false }
  if (gone.aborted) return { open: true, phase: 'Left', request: await requests.read(name).catch(() => undefined) }
  const last = await requests.find(name)
  if ('phase' in last) return { ...last, open: false }
  // A timer can end some milliseconds before the clock reaches its time, so the clock alone does not tell which time has come.
  if (requestMs <= waitMs) return { open: false, phase: 'Expired', request: last.request }
  const isTokenExpired = tokenMs <= waitMs || requests.nowMs() >= caller.expiresAtMs
  return { open: true, phase: isTokenExpired ? 'TokenExpired' : 'TimedOut', request: last.request }
}
