import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_MS = 10
/** Most new connections have sent their request within this time. */
const ASK_MS = 50

/** Tracks the requests in flight, so that a server can drain. */
export type RequestTracker = {
  readonly listener: RequestListener
  /** Sets whether each response closes its connection, so that the next request opens a new one. */
  shed(is: boolean): void
  /** Resolves when every request has at least the headers of its response, or after the limit. */
  answered(limitMs: number): Promise<void>
  /** Resolves when no request is in flight, or after the limit. */
  done(limitMs: number): Promise<void>
}

/** A forwarded connection has no remote address (Unix socket). It is closed after each response, so that few are left when the predecessor exits. */
const isForwarded = ({ socket }: IncomingMessage): boolean => socket.remoteAddress === undefined

/** Polls until `is` returns true, or the limit is over. */
export async function pollUntil(limitMs: number, is: () => boolean): Promise<void> {
  const end = performance.now() + limitMs
  while (!is() && performance.now() < end) await sleep(LOOK_MS)
}

export function trackRequests(listener: RequestListener): RequestTracker {
  const open = new Set<ServerResponse>()
  let shedding = false
  return {
    listener: (request, response) => {
      open.add(response)
      response.once('close', () => open.delete(response))
      if (shedding || isForwarded(request)) response.setHeader('connection', 'close')
      listener(request, response)
    },
    shed: (is) => void (shedding = is),
    answered: async (limitMs) => {
      await sleep(ASK_MS)
      await pollUntil(limitMs, () => [...open].every(({ headersSent }) => headersSent))
    },
    done: (limitMs) => pollUntil(limitMs, () => open.size === 0),
  }
}
