import type { ServerResponse } from 'node:http'
import type { ResponseHeaders } from './response-headers.ts'

/** Until this much is masked nothing leaves, so that an answer which turns out unreadable becomes a clean 502. */
const HELD_BEFORE_HEAD = 64 * 1024
/** A client that takes nothing for this long is let go. */
const SLOW_READER_MS = 60_000
const NEWLINE = 10

/** The client's answer. */
export type WriterOptions = {
  readonly response: ServerResponse
  readonly status: number
  readonly headers: ResponseHeaders
  /** The head leaves before there is anything to say. */
  readonly atOnce: boolean
  /** Aborts when the answer is to end, however slowly the client reads. */
  readonly ending: AbortSignal
}

/** Thrown when the answer broke off after its head had left: the connection is all that can tell. */
export class Cut extends Error {}

/** Writes an answer, as fast as the client reads. */
export class AnswerWriter {
  bytes = 0
  readonly #options: WriterOptions
  #held: Buffer[] = []
  #heldBytes = 0
  #lastByte = NEWLINE

  constructor(options: WriterOptions) {
    this.#options = options
    if (options.atOnce) this.#head()
  }

  #head(): void {
    const { response, status, headers, atOnce } = this.#options
    response.writeHead(status, headers)
    if (atOnce) response.flushHeaders()
  }

  /** False when the client has to catch up. */
  write(bytes: Buffer): boolean {
    if (bytes.length === 0) return true
    const { response } = this.#options
    this.bytes += bytes.length
    this.#lastByte = bytes.at(-1) as number
    if (response.headersSent) return response.write(bytes)
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    if (this.#heldBytes < HELD_BEFORE_HEAD) return true
    this.#head()
    return response.write(this.#take())
  }

  /** Resolves when the client has caught up. @throws Cut when it does not, or when the answer is to end */
  drained(): Promise<void> {
    const { response, ending } = this.#options
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => done(new Cut('the client reads too slowly')), SLOW_READER_MS)
      const done = (error?: Error): void => {
        clearTimeout(timer)
        response.off('drain', onDrain).off('close', onClose)
        ending.removeEventListener('abort', onEnding)
        if (error === undefined) resolve()
        else reject(error)
      }
      const onDrain = (): void => done()
      const onClose = (): void => done(new Cut('the client has left'))
      const onEnding = (): void => done(new Cut('ended by the gateway'))
      response.once('drain', onDrain).once('close', onClose)
      ending.addEventListener('abort', onEnding)
      if (response.destroyed || response.closed) onClose()
      if (ending.aborted) onEnding()
    })
  }

  end(): Promise<void> {
    const { response, status, headers, ending } = this.#options
    return new Promise((resolve, reject) => {
      const over = (): void => {
        ending.removeEventListener('abort', onEnding)
        if (response.writableFinished) resolve()
        else reject(new Cut('the client has left'))
      }
      // What the client has not taken yet is not for it any more.
      const onEnding = (): void => reject(new Cut('ended by the gateway'))
      response.once('close', over)
      ending.addEventListener('abort', onEnding)
      const whole = this.#take()
      if (!response.headersSent) response.writeHead(status, { ...headers, 'content-length': String(whole.length) })
      response.end(whole, over)
    })
  }

  /** Ends with last words, where they can be said. */
  async cut(words: Buffer | undefined): Promise<boolean> {
    const { response } = this.#options
    if (words === undefined || this.#lastByte !== NEWLINE || !response.headersSent || response.writableNeedDrain) return false
    this.write(words)
    await this.end()
    return true
  }

  #take(): Buffer {
    const held = this.#held
    this.#held = []
    return held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held)
  }
}
