import type { Response } from 'express'
import type { Snapshot } from './feed.ts'

/** Proxies close connections that are silent, often after a minute. */
const HEARTBEAT_MS = 15_000
/** When a browser connects again after a stream ended. */
const RETRY_MS = 2_000

export type EventStream = {
  /** Sends a snapshot when the client has read the one before. Of several that wait, only the last is sent. */
  send(snapshot: Snapshot): void
  /** Ends the stream: with the event `ended` when the session has ended, and otherwise so that the browser connects again. */
  end(why: 'session' | 'time'): void
}

type Options = {
  /** The value of Last-Event-ID: the snapshot that the browser has. */
  readonly lastId: string
  /** Whether the session still holds. Asked before each snapshot and with each heartbeat. */
  readonly holds: () => Promise<boolean>
}

/** Server-sent events on a response. */
export function openEventStream(response: Response, { lastId, holds }: Options): EventStream {
  response.status(200).set({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
  response.write(`retry: ${RETRY_MS}\n\n`)
  let sent = lastId
  let next: Snapshot | undefined
  let sending = false

  const isOpen = (): boolean => !response.destroyed && !response.writableEnded
  const unsent = (): Snapshot | undefined => (isOpen() && next?.id !== sent ? next : undefined)
  const end: EventStream['end'] = (why) => {
    if (!isOpen()) return
    response.end(why === 'session' ? 'event: ended\ndata: {}\n\n' : '')
  }
  const isRead = (): Promise<void> =>
    new Promise((resolve) => {
      if (!response.writableNeedDrain) return resolve()
      response.once('drain', resolve).once('close', resolve)
    })
  const sendNext = async (): Promise<void> => {
    if (sending) return
    sending = true
    try {
      while (unsent() !== undefined) {
        await isRead()
        if (!(await holds())) return end('session')
        const snapshot = unsent()
        if (snapshot === undefined) return
        sent = snapshot.id
        response.write(`id: ${snapshot.id}\nevent: inbox\ndata: ${snapshot.data}\n\n`)
      }
    } finally {
      sending = false
    }
  }

  let unread = false
  const beat = async (): Promise<void> => {
    if (!(await holds())) return end('session')
    // A client that has read nothing since the last heartbeat is gone.
    if (unread && response.writableNeedDrain) return void response.destroy()
    unread = response.writableNeedDrain
    if (!unread && isOpen()) response.write(': \n\n')
  }
  const failed = (): void => void response.destroy()
  const timer = setInterval(() => void beat().catch(failed), HEARTBEAT_MS)
  response.once('close', () => clearInterval(timer))
  return {
    end,
    send: (snapshot) => {
      next = snapshot
      void sendNext().catch(failed)
    },
  }
}
