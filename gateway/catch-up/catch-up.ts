import { StatusError } from '../../domain/status-error.ts'
import type { Informer, WatchProgress } from '../../kube/informer.ts'
import type { Secret } from '../mask/values/secret-learner.ts'
import type { CatchUpTiming } from './timing.ts'
import { createWatchLag } from './watch-lag.ts'

/** Watches and followed logs wait for this before each chunk is shown. */
export type CatchUp = {
  /**
   * Resolves when the known values include every Secret that existed when this was called.
   * @param held the bytes that the caller holds back until then. Optional. Defaults to none
   * @throws StatusError ServiceUnavailable when that cannot be confirmed within 10 seconds
   */
  caughtUp(held?: number): Promise<void>
}

export type CatchUpOptions = {
  readonly secrets: Pick<Informer<Secret>, 'subscribe'> & WatchProgress
  /** Returns the revision of etcd at the time of the call, or a later one. */
  readonly latestRevision: () => Promise<bigint>
  /** Resolves when the values of every change that the informer delivered before the call are masked. Does not wait for later changes. */
  readonly learned: () => Promise<void>
  readonly timing: CatchUpTiming
  /** Called when the watch delivered a change after kube-apiserver had returned its revision or a later one. */
  readonly onLate?: (ms: number) => void
}

/** How long a caller waits. Equals the time that the view of Secrets may be disconnected. */
const BOUND_MS = 10_000
/** Minimum interval between rounds, since each is a request to kube-apiserver. */
const SPACING_MS = 50
/**
 * The same for a round that is awaited with this many bytes. Otherwise a response that may hold back 8 MiB could not be faster than 8 MiB in each
 * interval. With fewer bytes, rounds follow each other so fast that a log is masked in small pieces, which takes a tenth more CPU.
 */
const BULK = { bytes: 4 * 1024 * 1024, spacingMs: 10 }
const MAX_ROUNDS = 4
const RETRY_MS = 200

const unavailable = (cause?: unknown): StatusError =>
  new StatusError('ServiceUnavailable', 'some values of Secrets may not be known yet, so nothing more can be shown', {
    cause,
    details: { retryAfterSeconds: 2 },
  })

/**
 * A caller waits for the first round that begins after its call, together with all other callers since the previous round. It does not wait
 * for later rounds, so Secrets that change afterwards delay no caller. A round has three steps:
 *
 * 1. Ask kube-apiserver for its revision R. Every Secret that existed at the call has revision R or older, since etcd is asked afterwards.
 * 2. Wait until the watch of Secrets has delivered everything up to R. A change or a bookmark of R or later proves this. Without one the
 *    wait is bounded and proves nothing: a server sends an event to its watches as soon as its cache has it, and its cache has R before it
 *    answers, so the event is assumed to have arrived after a short wait during which the watch stayed connected. If several API servers
 *    share an address, or before Kubernetes 1.31, the watch may be fed by a cache that lags. watch-lag.ts makes the wait longer then.
 * 3. Wait until the values that the watch delivered are learned, so that they are masked.
 */
export function createCatchUp({ secrets, latestRevision, learned, timing, onLate }: CatchUpOptions): CatchUp {
  const lag = createWatchLag(secrets, timing, onLate)
  const rounds = new Set<Promise<void>>()
  /** The next round, which has not begun. */
  let next: Promise<void> | undefined
  /** The bytes that are held back until the next round ends; aborts when they are many. */
  let held = 0
  let bulk = new AbortController()
  let begunMs = Number.NEGATIVE_INFINITY
  /** The revision for which the bounded wait of a watch is over. It is not repeated, so that a stream in an idle cluster does not wait. */
  let waited: { readonly watch: number; readonly revision: bigint } | undefined

  const isDelivered = (revision: bigint): boolean =>
    secrets.revision() >= revision || (waited !== undefined && waited.watch === secrets.watchNumber() && waited.revision >= revision)

  const delivered = async (revision: bigint, deadlineMs: number): Promise<void> => {
    while (!isDelivered(revision)) {
      if (timing.nowMs() > deadlineMs) throw unavailable()
      const watch = secrets.watchNumber()
      await timing.pause(lag.graceMs())
      // A watch that was connected during the wait has yet to deliver the changes in between.
      if (watch === undefined || secrets.watchNumber() !== watch) continue
      if (waited?.watch !== watch || waited.revision < revision) waited = { watch, revision }
      return
    }
  }

  const round = async (deadlineMs: number): Promise<void> => {
    for (;;) {
      try {
        const revision = await latestRevision()
        lag.answered(revision)
        await delivered(revision, deadlineMs)
        return await learned()
      } catch (cause) {
        if (timing.nowMs() + RETRY_MS > deadlineMs) throw unavailable(cause)
        await timing.pause(RETRY_MS)
      }
    }
  }

  const bounded = async (work: Promise<void>, ms: number): Promise<void> => {
    const over = new AbortController()
    const late = timing.pause(ms, over.signal).then(() => Promise.reject(unavailable()))
    try {
      await Promise.race([work, late])
    } finally {
      over.abort()
    }
  }

  const until = async (timeMs: number, signal?: AbortSignal): Promise<void> => {
    const wait = timeMs - timing.nowMs()
    if (wait > 0) await timing.pause(wait, signal)
  }

  /** Resolves when a round may begin. */
  const turn = async (deadlineMs: number): Promise<void> => {
    await until(begunMs + BULK.spacingMs)
    if (!bulk.signal.aborted) await until(begunMs + SPACING_MS, bulk.signal)
    while (rounds.size >= MAX_ROUNDS) {
      if (timing.nowMs() > deadlineMs) throw unavailable()
      await Promise.race([...rounds, timing.pause(RETRY_MS)])
    }
  }

  const begin = async (): Promise<void> => {
    await Promise.resolve() // so that `next` is assigned before it is cleared
    const deadlineMs = timing.nowMs() + BOUND_MS
    try {
      await turn(deadlineMs)
    } finally {
      next = undefined // later callers wait for another round
      held = 0
      bulk = new AbortController()
    }
    begunMs = timing.nowMs()
    const running = bounded(round(deadlineMs), deadlineMs - begunMs)
    const settled = running.then(
      () => {},
      () => {},
    )
    rounds.add(settled)
    void settled.then(() => rounds.delete(settled))
    return running
  }

  return {
    caughtUp: (bytes = 0) => {
      next ??= begin()
      held += bytes
      if (held >= BULK.bytes) bulk.abort()
      next.catch(() => {}) // a stream that has ended does not handle the result
      return next
    },
  }
}
