import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ByteBudget } from '../byte-room.ts'

/** The size of a batch. Small reads are combined up to it. */
const MAX_BATCH = 64 * 1024

/**
 * Passes data to `take` until the socket ends or breaks, as `pump` does, and keeps reading ahead meanwhile, within bounds. kube-apiserver
 * drops unread output when the command ends, so the gateway must have read it by then even if it relays more slowly. A stream that has read
 * less than a batch ahead may always read, whatever other streams hold. Throws only what `take` throws.
 */
export async function pumpAhead(
  { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
  room: ByteBudget,
  take: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const chunks: Buffer[] = []
  let held = 0
  let ended = false
  let onChange: (() => void) | undefined

  const count = (bytes: number): void => {
    held += bytes
    if (bytes > 0) room.take(bytes)
    else room.give(-bytes)
  }
  const isFull = (): boolean => held >= MAX_BATCH && !room.left
  const add = (bytes: Buffer): void => {
    chunks.push(bytes)
    count(bytes.length)
    if (isFull()) socket.pause()
    onChange?.()
  }
  const end = (): void => {
    ended = true
    onChange?.()
  }
  const next = (): Buffer => {
    let [length, size] = [0, 0]
    while (length < chunks.length && size < MAX_BATCH) size += (chunks[length++] as Buffer).length
    const taken = chunks.splice(0, length)
    return taken.length === 1 ? (taken[0] as Buffer) : Buffer.concat(taken, size)
  }

  if (head.length > 0) add(head)
  if (socket.destroyed || socket.readableEnded) end()
  socket.on('data', add).once('end', end).once('close', end)
  if (!isFull()) socket.resume()
  try {
    for (;;) {
      if (chunks.length === 0) {
        if (ended) return
        await new Promise<void>((resolve) => (onChange = resolve))
        continue
      }
      const bytes = next()
      await take(bytes)
      count(-bytes.length)
      if (!isFull()) socket.resume()
      // Yields to the event loop, so that relaying does not keep sockets from being read.
      await nextTurn()
    }
  } finally {
    socket.off('data', add).off('end', end).off('close', end)
    count(-held)
  }
}
