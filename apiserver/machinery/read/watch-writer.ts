import type { ServerResponse } from 'node:http'

/** Maximum unread bytes. A slower client is disconnected and lists again; dropping events instead would lose them. */
const BACKLOG_LIMIT = 4 * 1024 * 1024
/** Unread bytes above which `room` waits. */
const HIGH_WATER = 256 * 1024
/** A client that reads nothing for this long while it receives the initial objects is disconnected. */
const STALL_MS = 60_000

/** Writes the lines of a watch to the client. */
export type WatchWriter = {
  /** Never waits and never throws. Above the backlog limit the client is disconnected. */
  write(line: string): void
  /** Resolves when the client has read enough to receive more, or has disconnected. */
  room(): Promise<void>
  readonly open: () => boolean
}

export function createWatchWriter(response: ServerResponse): WatchWriter {
  const open = (): boolean => !response.destroyed && !response.writableEnded
  return {
    open,
    write: (line) => {
      if (!open()) return
      response.write(line)
      if (response.writableLength > BACKLOG_LIMIT) response.destroy()
    },
    room: () =>
      new Promise((resolve) => {
        if (!open() || response.writableLength < HIGH_WATER) return resolve()
        const stalled = setTimeout(() => response.destroy(), STALL_MS)
        const done = (): void => {
          clearTimeout(stalled)
          response.off('drain', done)
          response.off('close', done)
          resolve()
        }
        response.once('drain', done)
        response.once('close', done)
      }),
  }
}
