import { revisionOf, type Informer, type WatchProgress } from '../../kube/informer.ts'
import type { Secret } from '../mask/values/secret-learner.ts'
import type { CatchUpTiming } from './timing.ts'

/** Measures how long to wait for the watch of Secrets to deliver a revision that kube-apiserver has returned. */
export type WatchLag = {
  /** Records that kube-apiserver has just returned this revision. */
  answered(revision: bigint): void
  /** How long to wait for the watch, in milliseconds. */
  graceMs(): number
}

/** Many times what an API server needs that is not overloaded. */
const MIN_MS = 50
const MAX_MS = 1_000
/** How long a late event extends every wait. */
const REMEMBERED_MS = 60_000
/** The number of revisions kept to compare events with. */
const MAX_ANSWERS = 256

type Answered = { readonly revision: bigint; readonly atMs: number; readonly watch: number | undefined }

/**
 * Measures how far the watch lags: a change of revision E that arrives a time t after kube-apiserver returned E or later is late by at least
 * t. The wait is twice the largest lag of the last minute. This covers a busy API server, and a watch of another API server that lags, except
 * for the first late event.
 */
export function createWatchLag(
  secrets: Pick<Informer<Secret>, 'subscribe'> & WatchProgress,
  timing: Pick<CatchUpTiming, 'nowMs'>,
  onLate: (ms: number) => void = () => {},
): WatchLag {
  let answers: Answered[] = []
  let worst = { ms: 0, atMs: Number.NEGATIVE_INFINITY }

  secrets.subscribe(({ object }) => {
    const revision = revisionOf(object.metadata.resourceVersion)
    const watch = secrets.watchNumber()
    // Changes from a list, or missed by an earlier watch, do not count: a wait ends only if one watch was connected throughout.
    if (revision === undefined || watch === undefined) return
    const earlier = answers.find((answer) => answer.watch === watch && answer.revision >= revision)
    if (earlier === undefined) return
    const ms = timing.nowMs() - earlier.atMs
    onLate(ms)
    if (ms >= worst.ms || timing.nowMs() - worst.atMs > REMEMBERED_MS) worst = { ms, atMs: timing.nowMs() }
  })

  return {
    answered: (revision) => {
      const oldest = timing.nowMs() - REMEMBERED_MS
      if (answers.length >= MAX_ANSWERS) answers = answers.slice(MAX_ANSWERS / 2)
      answers = answers.filter(({ atMs }) => atMs >= oldest)
      answers.push({ revision, atMs: timing.nowMs(), watch: secrets.watchNumber() })
    },
    graceMs: () => (timing.nowMs() - worst.atMs > REMEMBERED_MS ? MIN_MS : Math.min(MAX_MS, Math.max(MIN_MS, 2 * worst.ms))),
  }
}
