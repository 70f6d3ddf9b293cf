import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_MS = 10
/** Who has connected has asked within this time, mostly. */
const ASK_MS = 50

/** What is under way at a server, for whoever wants it to become little. */
export type UnderWay = {
  readonly listener: RequestListener
  /** Whether each answer is to end its connection, so that the next request makes a new one. */
  shed(is: boolean): void
  /** Resolves when everything has its answer, or the beginning of one, or after so many milliseconds. */
  answered(limitMs: number): Promise<void>
  /** Resolves when nothing goes on any more, or after so many milliseconds. */
  done(limitMs: number): Promise<void>
}

/** A connection over a socket of this machine has no address: a predecessor leads it here, and is to have few of them when it ends. */
const isLed = ({ socket }: IncomingMessage): boolean => socket.remoteAddress === undefined

/** Resolves when it is so, or after so many milliseconds. */
export async function within(limitMs: number, is: () => boolean): Promise<void> {
  const end = performance.now() + limitMs
  while (!is() && performance.now() < end) await sleep(LOOK_MS)
}

export function underWay(listener: RequestListener): UnderWay {
  const open = new Set<ServerResponse>()
  let shedding = false
  return {
    listener: (request, response) => {
      open.add(response)
      response.once('close', () => open.delete(response))
      if (shedding || isLed(request)) response.setHeader('connection', 'close')
      listener(request, response)
    },
    shed: (is) => void (shedding = is),
    answered: async (limitMs) => {
      await sleep(ASK_MS)
      await within(limitMs, () => [...open].every(({ headersSent }) => headersSent))
    },
    done: (limitMs) => within(limitMs, () => open.size === 0),
  }
}
