import type { Dispatcher } from 'undici'
import type { AnswerBody } from '../steps.ts'

/** What may wait here before upstream has to: a few reads of a socket. */
const MOST_WAITING = 256 * 1024

type Result = IteratorResult<Buffer, undefined>
type Reader = { readonly resolve: (result: Result) => void; readonly reject: (error: Error) => void }

const OVER: Result = { done: true, value: undefined }

/** The body of an answer as it comes; read by one reader, once. Whoever does not want it to its end destroys it. */
export class IncomingBody implements AnswerBody, AsyncIterator<Buffer, undefined> {
  readonly #controller: Dispatcher.DispatchController
  #waiting: Buffer[] = []
  #bytes = 0
  #reader: Reader | undefined
  #over = false
  #error: Error | undefined
  #unwanted = false

  constructor(controller: Dispatcher.DispatchController) {
    this.#controller = controller
  }

  push(chunk: Buffer): void {
    if (this.#unwanted) return
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      return reader.resolve({ done: false, value: chunk })
    }
    this.#waiting.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes >= MOST_WAITING) this.#controller.pause()
  }

  end(): void {
    this.#over = true
    this.#reader?.resolve(OVER)
    this.#reader = undefined
  }

  /** It broke off. What came before is read first. */
  fail(error: Error): void {
    if (this.#over) return
    this.#over = true
    this.#error = error
    this.#reader?.reject(error)
    this.#reader = undefined
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Result> {
    const chunk = this.#waiting.shift()
    if (chunk !== undefined) {
      this.#bytes -= chunk.length
      if (this.#waiting.length === 0) this.#controller.resume()
      return Promise.resolve({ done: false, value: chunk })
    }
    if (this.#error !== undefined) return Promise.reject(this.#error)
    if (this.#over) return Promise.resolve(OVER)
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject }))
  }

  return(): Promise<Result> {
    this.destroy()
    return Promise.resolve(OVER)
  }

  /** Lets the rest go by, so that the connection can be used again. */
  resume(): void {
    this.#unwanted = true
    this.#waiting = []
    this.#controller.resume()
  }

  destroy(): void {
    this.#waiting = []
    this.#unwanted = true
    if (!this.#over) this.#controller.abort(new Error('the answer is no longer wanted'))
  }
}
