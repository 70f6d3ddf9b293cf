import { StatusError } from '../../domain/status-error.ts'
import type { Informer, Progress } from '../../kube/informer.ts'
import type { Secret } from '../mask/values/secret-learner.ts'
import type { Timing } from './timing.ts'
import { createWatchLag } from './watch-lag.ts'

/** What an answer without end waits for, chunk by chunk. */
export type CatchUp = {
  /**
   * Resolves when the known values include every Secret that existed when this was called.
   * @throws StatusError ServiceUnavailable when that cannot be known within 10 seconds
   */
  caughtUp(): Promise<void>
}

export type CatchUpOptions = {
  readonly secrets: Pick<Informer<Secret>, 'subscribe'> & Progress
  /** The revision that etcd has when this is called, or a later one. */
  readonly latestRevision: () => Promise<bigint>
  /** Resolves when every change that the informer told before the call is looked for. It does not wait for later ones. */
  readonly learned: () => Promise<void>
  readonly timing: Timing
  /** Told when the watch brought a change later than an answer of kube-apiserver that had it. */
  readonly onLate?: (ms: number) => void
}

/** As long as a view of Secrets may be out of touch. */
const BOUND_MS = 10_000
/** Rounds begin at most this often, since each is a request to kube-apiserver. */
const SPACING_MS = 50
const MAX_ROUNDS = 4
const RETRY_MS = 200

const unavailable = (cause?: unknown): StatusError =>
  new StatusError('ServiceUnavailable', 'it is not known whether all values of Secrets are known, so nothing more can be shown', {
    cause,
    details: { retryAfterSeconds: 2 },
  })

/**
 * A caller waits for the round that begins after its call, together with all who called since the round before, and for no later
 * one: Secrets that change afterwards hold nobody back. A round is three steps:
 *
 * 1. kube-apiserver says at which revision R it is. Every Secret that existed at the call is of R or older, since etcd is asked after it.
 * 2. The watch of Secrets brings what was written up to R. This is proven when it has told a change or a bookmark of R or later.
 *    Otherwise it is a bounded wait, and no proof: a server hands an event to its watches as soon as its cache has it, and its cache has R
 *    before it answers; so after a short wait, through which the watch stood, the event is taken to have come. Where several API servers
 *    share an address, or before Kubernetes 1.31, the watch may be fed by a cache that is behind: watch-lag.ts makes the wait longer then.
 * 3. What the watch brought is looked for.
 */
export function createCatchUp({ secrets, latestRevision, learned, timing, onLate }: CatchUpOptions): CatchUp {
  const lag = createWatchLag(secrets, timing, onLate)
  const rounds = new Set<Promise<void>>()
  /** The round that has not begun. */
  let next: Promise<void> | undefined
  let begunMs = Number.NEGATIVE_INFINITY
  /** What a watch was waited for already: it is not waited for again, so that a cluster in which nothing is written costs a stream nothing. */
  let waited: { readonly watch: number; readonly revision: bigint } | undefined

  const isDelivered = (revision: bigint): boolean =>
    secrets.revision() >= revision || (waited !== undefined && waited.watch === secrets.watchNumber() && waited.revision >= revision)

  const delivered = async (revision: bigint, deadlineMs: number): Promise<void> => {
    while (!isDelivered(revision)) {
      if (timing.nowMs() > deadlineMs) throw unavailable()
      const watch = secrets.watchNumber()
      await timing.pause(lag.graceMs())
      // A watch that was made meanwhile has yet to bring what came between.
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

  /** Resolves when a round may begin. */
  const turn = async (deadlineMs: number): Promise<void> => {
    const wait = begunMs + SPACING_MS - timing.nowMs()
    if (wait > 0) await timing.pause(wait)
    while (rounds.size >= MAX_ROUNDS) {
      if (timing.nowMs() > deadlineMs) throw unavailable()
      await Promise.race([...rounds, timing.pause(RETRY_MS)])
    }
  }

  const begin = async (): Promise<void> => {
    await Promise.resolve() // so that `next` is this one before it is cleared
    const deadlineMs = timing.nowMs() + BOUND_MS
    try {
      await turn(deadlineMs)
    } finally {
      next = undefined // who calls from here on waits for another one
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
    caughtUp: () => {
      next ??= begin()
      next.catch(() => {}) // a stream that has ended does not ask how it went
      return next
    },
  }
}
