import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ByteBudget } from '../byte-room.ts'
import { Batches, MAX_BATCH } from './batches.ts'

export type AheadSource = {
  readonly socket: Duplex
  readonly head: Buffer
  /** Passes what is read to a function; the bytes are valid only during the call. Optional. Defaults to the data events of the socket. */
  readonly readInto?: (take: (bytes: Buffer) => void) => void
}

/** Passes reads to `add`, and calls `end` when there are no more. Returns a function that stops both. */
function listen({ socket, readInto }: AheadSource, add: (bytes: Buffer) => void, end: () => void): () => void {
  socket.once('end', end).once('close', end)
  if (readInto === undefined) socket.on('data', add)
  else readInto(add)
  return () => {
    readInto?.(() => {})
    socket.off('data', add).off('end', end).off('close', end)
  }
}

/**
 * Passes data to `take` until the socket ends or breaks, as `pump` does, and keeps reading ahead meanwhile, within bounds. kube-apiserver
 * drops unread output when the command ends, so the gateway must have read it by then even if it relays more slowly. A stream that has read
 * less than a batch ahead may always read, whatever other streams hold. Throws only what `take` throws.
 */
export async function pumpAhead(source: AheadSource, room: ByteBudget, take: (bytes: Buffer) => Promise<void>): Promise<void> {
  const { socket, head } = source
  const batches = new Batches()
  let ended = false
  let onChange: (() => void) | undefined
  let held = 0

  const count = (bytes: number): void => {
    held += bytes
    if (bytes > 0) room.take(bytes)
    else room.give(-bytes)
  }
  const isFull = (): boolean => held >= MAX_BATCH && !room.left
  const add = (bytes: Buffer): void => {
    batches.add(bytes)
    count(bytes.length)
    if (isFull()) socket.pause()
    onChange?.()
  }
  const end = (): void => {
    ended = true
    onChange?.()
  }

  if (head.length > 0) add(head)
  if (socket.destroyed || socket.readableEnded) end()
  const stop = listen(source, add, end)
  if (!isFull()) socket.resume()
  try {
    for (;;) {
      const bytes = batches.next()
      if (bytes === undefined) {
        if (ended) return
        await new Promise<void>((resolve) => (onChange = resolve))
        continue
      }
      await take(bytes)
      count(-bytes.length)
      if (!isFull()) socket.resume()
      // Yields to the event loop, so that relaying does not keep sockets from being read.
      await nextTurn()
    }
  } finally {
    stop()
    count(-held)
  }
}
