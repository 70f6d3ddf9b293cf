import type { ServerResponse } from 'node:http'
import type { ResponseHeaders } from './response-headers.ts'

/** Bytes to hold before the response head is sent, so that a response that cannot be masked becomes a 502. */
const HELD_BEFORE_HEAD = 64 * 1024
/** A client that reads nothing for this long is disconnected. */
const SLOW_READER_MS = 60_000
const NEWLINE = 10

/** The response to the client. */
export type WriterOptions = {
  readonly response: ServerResponse
  readonly status: number
  readonly headers: ResponseHeaders
  /** Sends the response head at once, before any body. */
  readonly atOnce: boolean
  /** Aborts when the response must end, even if the client reads slowly. */
  readonly ending: AbortSignal
}

/** Thrown when the response fails after its head was sent. Closing the connection is then the only way to signal it. */
export class Cut extends Error {}

/** Writes a response as fast as the client reads it. */
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

  /** Returns false if the caller must wait for `drained`. */
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

  /** Resolves when the client has read what was written. @throws Cut when it reads too slowly or leaves, or when the response must end */
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
      // Data that the client has not read yet must not reach it any more.
      const onEnding = (): void => reject(new Cut('ended by the gateway'))
      response.once('close', over)
      ending.addEventListener('abort', onEnding)
      const whole = this.#take()
      if (!response.headersSent) response.writeHead(status, { ...headers, 'content-length': String(whole.length) })
      response.end(whole, over)
    })
  }

  /** Writes last words and ends the response, if they can be sent at the start of a line without waiting. Returns whether it did. */
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
