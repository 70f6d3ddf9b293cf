import type { ServerResponse } from 'node:http'
import { CannotMask } from '../../domain/mask/cannot-mask.ts'
import type { Masker, TextMasker } from '../../domain/mask/masker.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { AnswerBody } from '../steps.ts'
import type { ResponseHeaders } from './response-headers.ts'

/** Until this much is masked nothing leaves, so that an answer which turns out unreadable becomes a clean 502. */
const HELD_BEFORE_HEAD = 64 * 1024
/** A client that takes nothing for this long is let go. */
const SLOW_READER_MS = 60_000
/** A pause after which held-back bytes of a followed log may leave. */
const IDLE_MS = 20
const NEWLINE = 10

export type Delivery = {
  readonly response: ServerResponse
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: AnswerBody
  readonly masker: Masker | TextMasker
  /** The head leaves at once: a watch has nothing to say for long. */
  readonly endless: boolean
  /** Aborts when the answer is to end, however slowly the client reads. */
  readonly ending: AbortSignal
  /** What to say before an answer is cut between two lines. */
  readonly lastWords: () => Buffer | undefined
}

/** Thrown when the answer broke off after its head had left: the connection is all that can tell. */
export class Cut extends Error {}

function drained({ response, ending }: Delivery): Promise<void> {
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

class Writer {
  bytes = 0
  readonly #delivery: Delivery
  #held: Buffer[] = []
  #heldBytes = 0
  #lastByte = NEWLINE

  constructor(delivery: Delivery) {
    this.#delivery = delivery
    if (delivery.endless) this.#head()
  }

  #head(): void {
    const { response, status, headers, endless } = this.#delivery
    response.writeHead(status, headers)
    if (endless) response.flushHeaders()
  }

  /** False when the client has to catch up. */
  write(bytes: Buffer): boolean {
    if (bytes.length === 0) return true
    const { response } = this.#delivery
    this.bytes += bytes.length
    this.#lastByte = bytes.at(-1) as number
    if (response.headersSent) return response.write(bytes)
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    if (this.#heldBytes < HELD_BEFORE_HEAD) return true
    this.#head()
    return response.write(this.#take())
  }

  end(): Promise<void> {
    const { response, status, headers } = this.#delivery
    return new Promise((resolve, reject) => {
      response.once('close', () => (response.writableFinished ? resolve() : reject(new Cut('the client has left'))))
      const whole = this.#take()
      if (!response.headersSent) response.writeHead(status, { ...headers, 'content-length': String(whole.length) })
      response.end(whole, resolve)
    })
  }

  /** Ends with last words, where they can be said. */
  async cut(words: Buffer | undefined): Promise<boolean> {
    const { response } = this.#delivery
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

function failure(error: unknown, response: ServerResponse): unknown {
  if (response.headersSent) return error instanceof Cut ? error : new Cut('the answer broke off', { cause: error })
  if (error instanceof CannotMask)
    return new StatusError('BadGateway', 'the answer could not be understood well enough to mask it, so it is withheld', { cause: error })
  return error instanceof Cut ? error : new StatusError('BadGateway', "kube-apiserver's answer broke off", { cause: error })
}

/**
 * Step 7, its last part: masks the body chunk by chunk into the client's answer, as fast as the client reads. Gives the bytes sent.
 * @throws StatusError BadGateway while nothing has left; Cut afterwards, and the caller closes the connection
 */
export async function deliver(delivery: Delivery): Promise<number> {
  const { response, body, masker } = delivery
  const writer = new Writer(delivery)
  let idle: NodeJS.Timeout | undefined
  const releaseIdle = (): void => {
    if ('idle' in masker && !response.destroyed) writer.write(masker.idle())
  }
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      clearTimeout(idle)
      if (!writer.write(masker.push(chunk))) await drained(delivery)
      if (delivery.endless) idle = setTimeout(releaseIdle, IDLE_MS)
    }
    clearTimeout(idle)
    writer.write(masker.end())
    await writer.end()
    return writer.bytes
  } catch (error) {
    if (await writer.cut(delivery.lastWords()).catch(() => false)) throw new Cut('ended with last words', { cause: error })
    throw failure(error, response)
  } finally {
    clearTimeout(idle)
    body.destroy()
  }
}
