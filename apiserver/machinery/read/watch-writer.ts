import type { ServerResponse } from 'node:http'

/** Unread bytes after which a slow client is cut off; it lists again. Dropping events instead would lose them. */
const BACKLOG_LIMIT = 4 * 1024 * 1024
/** Unread bytes at which what can wait does wait. */
const HIGH_WATER = 256 * 1024
/** A client that reads nothing for this long while its list is sent is cut off. */
const STALL_MS = 60_000

/** Where the lines of a stream go. */
export type WatchWriter = {
  /** Never waits and never throws. Past the backlog limit the client is cut off. */
  write(line: string): void
  /** Resolves when the client has read enough for more, or is gone. */
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
