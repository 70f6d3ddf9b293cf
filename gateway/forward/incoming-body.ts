import type { Dispatcher } from 'undici'
import type { AnswerBody } from '../steps.ts'

/** What may wait here before upstream has to: a few reads of a socket. */
const MAX_WAITING = 256 * 1024
/** What is handed on at once. TLS brings 16 KiB at the most, a log a line: each of them alone through all that follows costs more than the work on it. */
const TOGETHER = 64 * 1024

type Result = IteratorResult<Buffer, undefined>
type Reader = { readonly resolve: (result: Result) => void; readonly reject: (error: Error) => void }

const OVER: Result = { done: true, value: undefined }

/**
 * The body of an answer as it comes; read by one reader, once. Whoever does not want it to its end destroys it. What comes in one turn
 * of the event loop is handed on together.
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
      this.#paused ||= this.#bytes >= MAX_WAITING
      if (this.#paused) this.#controller.pause()
    } else if (this.#bytes >= TOGETHER) this.#answer()
    else this.#turn ??= setImmediate(() => this.#answer())
  }

  end(): void {
    this.#over = true
    this.#answer()
  }

  /** It broke off. What came before is read first. */
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

  /** Gives the reader, where one waits, what there is. */
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
      this.#paused = false // before more comes, which may be at once
      this.#controller.resume()
    }
    return taken
  }

  /** Lets the rest go by, so that the connection can be used again. */
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
