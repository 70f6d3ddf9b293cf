import type { Duplex } from 'node:stream'

/** Runs jobs one after another. After a job fails, every later job fails with the same error. */
export class SerialQueue {
  #last: Promise<void> = Promise.resolve()

  run(job: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(job)
    this.#last.catch(() => {}) // callers that await it get the error
    return this.#last
  }
}

/** Writes all pieces at once, without copying them together. Returns false if the caller must wait for `drain`. */
function writeTogether(socket: Duplex, pieces: readonly Buffer[]): boolean {
  socket.cork()
  let taken = true
  for (const bytes of pieces) taken = socket.write(bytes)
  socket.uncork()
  return taken
}

/** Writes, and resolves when the socket accepts more. This backpressure bounds memory. */
export function send(socket: Duplex, ...pieces: readonly Buffer[]): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || !socket.writable || writeTogether(socket, pieces)) return resolve()
    const go = (): void => {
      socket.off('drain', go).off('close', go)
      resolve()
    }
    socket.on('drain', go).on('close', go)
  })
}

/** Passes data to `take` until the socket ends or breaks. Throws only what `take` throws. */
export async function pump(socket: Duplex, head: Buffer, take: (bytes: Buffer) => Promise<void>): Promise<void> {
  if (head.length > 0) await take(head)
  const chunks = socket.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]()
  for (;;) {
    let next: IteratorResult<unknown>
    try {
      next = await chunks.next()
    } catch {
      return // a broken connection is handled like an end
    }
    if (next.done === true) return
    await take(next.value as Buffer)
  }
}
