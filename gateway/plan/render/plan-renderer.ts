import type { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import { StatusError } from '../../../domain/status-error.ts'
import { createConcurrencyLimit } from '../../../kube/concurrency-limit.ts'
import { createFairLimit } from '../../../server/fair-limit.ts'
import type { RenderJob, RenderedPlan, Identified } from './render-plan.ts'
import type { WorkerAnswer, RenderResult, Job } from './worker.ts'

/** Renders plans in a worker thread, so that a large object does not delay other requests. */
export type PlanRenderer = {
  /** @throws StatusError ServiceUnavailable when rendering fails or times out */
  render(job: RenderJob): Promise<RenderedPlan>
  /** The objects in a list. @throws StatusError ServiceUnavailable */
  identify(bytes: Uint8Array): Promise<readonly Identified[]>
  /** Runs one piece of work at a time for each identity. */
  turn<T>(username: string, work: () => Promise<T>): Promise<T>
  close(): void
}

/** From the start of a job. The work in the thread is bounded, so this timeout ends only a thread that hangs. */
const MAX_MS = 20_000
const LIMITS = { maxOldGenerationSizeMb: 512 }
/** The thread ends after this time without work, to free its memory. */
const IDLE_MS = 30_000

const failed = (): StatusError =>
  new StatusError('ServiceUnavailable', 'the changes of the operation cannot be shown to an approver, so no approval was requested', {
    details: { retryAfterSeconds: 10 },
  })

type Current = {
  readonly id: number
  readonly resolve: (done: RenderResult) => void
  readonly reject: (error: StatusError) => void
  readonly timer: NodeJS.Timeout
}

type Thread = Pick<Worker, 'postMessage' | 'terminate' | 'unref'> & Pick<EventEmitter, 'on'>
const startThread = (): Thread => new Worker(new URL('./worker.ts', import.meta.url), { execArgv: [], resourceLimits: LIMITS })

/** `maxMs`: time for each job. Optional. Defaults to 20 seconds. */
export function createPlanRenderer(maxMs = MAX_MS, newThread = startThread): PlanRenderer {
  let current: Current | undefined
  let worker: Thread | undefined
  let count = 0
  let idle: NodeJS.Timeout | undefined
  let closed = false

  /** Ignores the answer to another job, which a thread that is being ended may still give. */
  const settle = (id: number | undefined, done: RenderResult | undefined): void => {
    if (current === undefined || current.id !== id) return
    const { resolve, reject, timer } = current
    current = undefined
    clearTimeout(timer)
    if (done === undefined) reject(failed())
    else resolve(done)
    idle = setTimeout(end, IDLE_MS).unref()
  }
  /** Ends the thread. Its job fails, and the next job starts a new thread. */
  const end = (): void => {
    const old = worker
    worker = undefined
    settle(current?.id, undefined)
    clearTimeout(idle)
    void old?.terminate()
  }
  const start = (): Thread => {
    const fresh = newThread()
    fresh.on('message', ({ id, done }: WorkerAnswer) => settle(id, done))
    const over = (): void => {
      if (worker === fresh) end()
    }
    fresh.on('error', over)
    fresh.on('exit', over)
    fresh.unref()
    return fresh
  }
  const send = (job: Job): Promise<RenderResult> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(failed())
      clearTimeout(idle)
      worker ??= start()
      const id = ++count
      current = { id, resolve, reject, timer: setTimeout(end, maxMs) }
      worker.postMessage({ id, job }, [])
    })
  /** One job after the other, so that the time of a job is its own, and a thread that must be ended has no jobs of others. */
  const thread = createConcurrencyLimit(1)

  return {
    render: async (job) => (await thread.take(() => send({ kind: 'render', job }))) as RenderedPlan,
    identify: async (bytes) => (await thread.take(() => send({ kind: 'identify', bytes }))) as readonly Identified[],
    turn: createFairLimit(Infinity, 1).take,
    close: () => {
      closed = true
      end()
    },
  }
}
