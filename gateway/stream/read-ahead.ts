import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Room } from '../byte-room.ts'

/** What is given out at once: many small reads together. */
const AT_ONCE = 64 * 1024

/**
 * Hands on what comes until the other side ends or breaks off, as `pump` does, and meanwhile reads on, within bounds. kube-apiserver drops
 * what its reader has not taken when the command ends, so whoever is slower than the command for a while must have read it by then. A stream
 * that has read nothing ahead may always read, whatever others hold. Throws only what `take` throws.
 */
export async function pumpAhead(
  { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
  room: Room,
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
  const isFull = (): boolean => held >= AT_ONCE && !room.left
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
    while (length < chunks.length && size < AT_ONCE) size += (chunks[length++] as Buffer).length
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
      // Sockets are read in a turn of the event loop; what is relayed must not keep it from coming.
      await nextTurn()
    }
  } finally {
    socket.off('data', add).off('end', end).off('close', end)
    count(-held)
  }
}
