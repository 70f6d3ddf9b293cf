import type { Dispatcher, Pool } from 'undici'
import type { Answer } from '../steps.ts'
import { IncomingBody } from './incoming-body.ts'

type Options = Dispatcher.DispatchOptions & { readonly signal: AbortSignal }

/**
 * Sends one request on a pool and resolves when the response head has arrived. Replaces undici's `request`, which creates a stream for the body:
 * the stream, its iterator and its events cost more than all decisions of the gateway.
 */
export function exchange(pool: Pool, { signal, ...options }: Options): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(asError(signal.reason))
    const handler = new Exchange(signal, resolve, reject)
    try {
      pool.dispatch(options, handler)
    } catch (error) {
      handler.onResponseError(undefined, asError(error))
    }
  })
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))

class Exchange implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: Error) => void
  #controller: Dispatcher.DispatchController | undefined
  #body: IncomingBody | undefined

  constructor(signal: AbortSignal, resolve: (answer: Answer) => void, reject: (error: Error) => void) {
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  readonly #abort = (): void => {
    const reason = asError(this.#signal.reason)
    this.#controller?.abort(reason)
    this.#reject(reason)
    this.#body?.fail(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal.aborted) controller.abort(asError(this.#signal.reason))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Answer['headers']): void {
    if (status < 200) return // informational; the final response follows
    this.#body = new IncomingBody(controller)
    this.#resolve({ status, headers, body: this.#body })
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body?.push(chunk)
  }

  onResponseEnd(): void {
    this.#signal.removeEventListener('abort', this.#abort)
    this.#body?.end()
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#signal.removeEventListener('abort', this.#abort)
    this.#reject(error)
    this.#body?.fail(error)
  }
}
