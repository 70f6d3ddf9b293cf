import type { Duplex } from 'node:stream'

/** Runs jobs one after another; the first that fails ends the lane, and every later one fails with it. */
export class SerialQueue {
  #last: Promise<void> = Promise.resolve()

  run(job: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(job)
    this.#last.catch(() => {}) // whoever waits for it hears
    return this.#last
  }
}

/** In one write, which costs less than joining them first. False: wait until it is taken. */
function writeTogether(socket: Duplex, pieces: readonly Buffer[]): boolean {
  socket.cork()
  let taken = true
  for (const bytes of pieces) taken = socket.write(bytes)
  socket.uncork()
  return taken
}

/** Writes, and waits until the other side takes more: what is not taken is not read, so memory stays flat. */
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

/** Hands on what comes until the other side ends or breaks off; throws only what `take` throws. */
export async function pump(socket: Duplex, head: Buffer, take: (bytes: Buffer) => Promise<void>): Promise<void> {
  if (head.length > 0) await take(head)
  const chunks = socket.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]()
  for (;;) {
    let next: IteratorResult<unknown>
    try {
      next = await chunks.next()
    } catch {
      return // broken off: the same as an end, to us
    }
    if (next.done === true) return
    await take(next.value as Buffer)
  }
}
