import type { Dispatcher } from 'undici'
import type { AnswerBody } from '../steps.ts'

/** Buffered bytes at which the upstream connection is paused: a few socket reads. */
const MAX_BUFFERED = 256 * 1024
/**
 * Batch size. TLS records are at most 16 KiB and logs arrive line by line; passing each chunk alone through the pipeline costs more than masking
 * it.
 */
const BATCH_BYTES = 64 * 1024

type Result = IteratorResult<Buffer, undefined>
type Reader = { readonly resolve: (result: Result) => void; readonly reject: (error: Error) => void }

const OVER: Result = { done: true, value: undefined }

/**
 * Body of an upstream response as a stream for a single reader. A reader that stops early must call `destroy`. Chunks that arrive in one turn of
 * the event loop are delivered together.
 */
export class IncomingBody implements AnswerBody, AsyncIterator<Buffer, undefined> {
  readonly #controller: Dispatcher.DispatchController
  #waiting: Buffer[] = []
  #bytes = 0
  #reader: Reader | undefined
  #turn: NodeJS.Immediate | undefined
  #paused = false
  #over = false
  #error: Error | undefined
  #unwanted = false

  constructor(controller: Dispatcher.DispatchController) {
    this.#controller = controller
  }

  push(chunk: Buffer): void {
    if (this.#unwanted) return
    this.#waiting.push(chunk)
    this.#bytes += chunk.length
    if (this.#reader === undefined) {
      this.#paused ||= this.#bytes >= MAX_BUFFERED
      if (this.#paused) this.#controller.pause()
    } else if (this.#bytes >= BATCH_BYTES) this.#answer()
    else this.#turn ??= setImmediate(() => this.#answer())
  }

  end(): void {
    this.#over = true
    this.#answer()
  }

  /** Ends the body with an error. Chunks received before are delivered first. */
  fail(error: Error): void {
    if (this.#over) return
    this.#over = true
    this.#error = error
    this.#answer()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      if (this.#bytes > 0 || this.#over) this.#answer()
    })
  }

  return(): Promise<Result> {
    this.destroy()
    return Promise.resolve(OVER)
  }

  /** Delivers the buffered chunks, the error or the end to a waiting reader. */
  #answer(): void {
    clearImmediate(this.#turn)
    this.#turn = undefined
    const reader = this.#reader
    if (reader === undefined) return
    this.#reader = undefined
    if (this.#bytes > 0) reader.resolve({ done: false, value: this.#take() })
    else if (this.#error !== undefined) reader.reject(this.#error)
    else reader.resolve(OVER)
  }

  #take(): Buffer {
    const taken = this.#waiting.length === 1 ? (this.#waiting[0] as Buffer) : Buffer.concat(this.#waiting, this.#bytes)
    this.#waiting = []
    this.#bytes = 0
    if (this.#paused) {
      this.#paused = false // before resume, which may push synchronously
      this.#controller.resume()
    }
    return taken
  }

  /** Discards the rest of the body, so that the connection can be reused. */
  resume(): void {
    this.#unwanted = true
    this.#forget()
    this.#controller.resume()
  }

  destroy(): void {
    this.#forget()
    this.#unwanted = true
    if (!this.#over) this.#controller.abort(new Error('the answer is no longer wanted'))
  }

  #forget(): void {
    this.#waiting = []
    this.#bytes = 0
  }
}
