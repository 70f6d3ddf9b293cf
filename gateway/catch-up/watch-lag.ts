import { revisionOf, type Informer, type Progress } from '../../kube/informer.ts'
import type { Secret } from '../mask/values/secret-learner.ts'
import type { Timing } from './timing.ts'

/** How long the watch of Secrets is given to deliver what kube-apiserver said to have. */
export type WatchLag = {
  /** kube-apiserver has said to be at this revision, just now. */
  answered(revision: bigint): void
  graceMs(): number
}

/** Many times what an API server takes that is not short of time. */
const LEAST_MS = 50
const MAX_MS = 1_000
/** How long a late event makes every wait longer. */
const REMEMBERED_MS = 60_000
/** Answers that an event is compared with. */
const MAX_ANSWERS = 256

type Answered = { readonly revision: bigint; readonly atMs: number; readonly watch: number | undefined }

/**
 * Measures how far the watch is behind: a change of revision E that comes t after an answer of E or later was late by t at least.
 * The wait is twice the worst of the last minute. A busy API server and a watch of another API server that lags are waited for so,
 * once they were seen to be late; the first time they are not.
 */
export function createWatchLag(
  secrets: Pick<Informer<Secret>, 'subscribe'> & Progress,
  timing: Pick<Timing, 'nowMs'>,
  onLate: (ms: number) => void = () => {},
): WatchLag {
  let answers: Answered[] = []
  let worst = { ms: 0, atMs: Number.NEGATIVE_INFINITY }

  secrets.subscribe(({ object }) => {
    const revision = revisionOf(object.metadata.resourceVersion)
    const watch = secrets.watchNumber()
    // What a list or a new watch brings was waited for until the watch stood.
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
    graceMs: () => (timing.nowMs() - worst.atMs > REMEMBERED_MS ? LEAST_MS : Math.min(MAX_MS, Math.max(LEAST_MS, 2 * worst.ms))),
  }
}
