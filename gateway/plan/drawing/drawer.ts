import { Worker } from 'node:worker_threads'
import { StatusError } from '../../../domain/status-error.ts'
import type { DrawJob, Drawn, Identified } from './draw.ts'
import type { Answer, Done, Job } from './worker.ts'

/** Draws plans in a thread of its own, so that a large object holds up nobody else. */
export type Drawer = {
  /** @throws StatusError ServiceUnavailable when it cannot be drawn, or not in time */
  draw(job: DrawJob): Promise<Drawn>
  /** The objects in a list. @throws StatusError ServiceUnavailable */
  identify(bytes: Uint8Array): Promise<readonly Identified[]>
  /** Does one piece of work at a time for one identity. */
  turn<T>(username: string, work: () => Promise<T>): Promise<T>
  close(): void
}

/** Everything within is bounded, so this ends only what hangs. */
const MAX_MS = 20_000
const LIMITS = { maxOldGenerationSizeMb: 512 }
/** A thread that has nothing to do costs memory. */
const IDLE_MS = 30_000

const failed = (): StatusError =>
  new StatusError('ServiceUnavailable', 'what the operation would change cannot be shown to an approver, so it is not asked for', {
    details: { retryAfterSeconds: 10 },
  })

/** One piece of work at a time for each name. */
export function createTurns(): Drawer['turn'] {
  const last = new Map<string, Promise<unknown>>()
  return async (username, work) => {
    const before = last.get(username) ?? Promise.resolve()
    const mine = before.then(work, work)
    last.set(username, mine)
    try {
      return await mine
    } finally {
      if (last.get(username) === mine) last.delete(username)
    }
  }
}

type Waiting = { readonly resolve: (done: Done) => void; readonly reject: (error: StatusError) => void; readonly timer: NodeJS.Timeout }

export function createDrawer(): Drawer {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let count = 0
  let idle: NodeJS.Timeout | undefined

  const settle = (id: number, done: Done | undefined): void => {
    const job = waiting.get(id)
    waiting.delete(id)
    clearTimeout(job?.timer)
    if (done === undefined) job?.reject(failed())
    else job?.resolve(done)
    if (waiting.size === 0) idle = setTimeout(end, IDLE_MS).unref()
  }
  /** Ends the thread; what waited for it fails, and the next piece of work gets a new one. */
  const end = (): void => {
    const old = worker
    worker = undefined
    for (const id of waiting.keys()) settle(id, undefined)
    clearTimeout(idle)
    void old?.terminate()
  }
  const start = (): Worker => {
    const fresh = new Worker(new URL('./worker.ts', import.meta.url), { execArgv: [], resourceLimits: LIMITS })
    fresh.on('message', ({ id, done }: Answer) => settle(id, done))
    const over = (): void => {
      if (worker === fresh) end()
    }
    fresh.on('error', over)
    fresh.on('exit', over)
    fresh.unref()
    return fresh
  }
  const send = (job: Job): Promise<Done> =>
    new Promise((resolve, reject) => {
      clearTimeout(idle)
      worker ??= start()
      const id = ++count
      waiting.set(id, { resolve, reject, timer: setTimeout(end, MAX_MS) })
      worker.postMessage({ id, job }, [])
    })

  return {
    draw: async (job) => (await send({ kind: 'draw', job })) as Drawn,
    identify: async (bytes) => (await send({ kind: 'identify', bytes })) as readonly Identified[],
    turn: createTurns(),
    close: end,
  }
}
