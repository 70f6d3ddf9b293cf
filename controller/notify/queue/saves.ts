import type { Clock } from '../../../domain/clock.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { reasonOf, type Log } from '../../../server/log.ts'
import { resourceOf, type NoticeSubject } from './about.ts'

/** Objects that are written at once. */
const PARALLEL = 8
/** Objects that are tried again in one round. The others wait for the next round. */
const ROUND = 64
const PAUSE_MS = 1_000
const MAX_PAUSE_MS = 5 * 60_000
/** After so many refusals, what was sent stays in memory only: another attempt would be refused as well. */
const MAX_REFUSALS = 5

/** Writes of what channels were told, and those that failed. */
export type Saves = {
  /** Does not throw. A write that fails is tried again by `retry`. */
  save(all: readonly NoticeSubject[]): Promise<void>
  /** Tries again what failed and is due, unless that is under way. Does not throw. */
  retry(): Promise<void>
  forget(about: NoticeSubject): void
}

export type SavesOptions = { readonly clock: Clock; readonly log: Log; readonly write: (about: NoticeSubject) => Promise<void> }

type Unsaved = { readonly about: NoticeSubject; readonly refusals: number; readonly fromMs: number; readonly untilMs: number }

const keyOf = ({ object: { metadata } }: NoticeSubject): string => metadata.uid ?? metadata.name

/** Whether the server understood the write and does not accept it. A conflict or too many requests pass by. */
const isRefusal = (error: unknown): boolean =>
  error instanceof StatusError && error.code >= 400 && error.code <= 499 && error.code !== 409 && error.code !== 429

async function inParallel<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const left = [...all]
  const worker = async (): Promise<void> => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await work(each)
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, left.length) }, worker))
}

export function createSaves({ clock, log, write }: SavesOptions): Saves {
  const unsaved = new Map<string, Unsaved>()
  let retrying = false

  const failed = (about: NoticeSubject, error: unknown): void => {
    const key = keyOf(about)
    const resource = `${resourceOf(about)}/${about.object.metadata.name}`
    const refusals = (unsaved.get(key)?.refusals ?? 0) + (isRefusal(error) ? 1 : 0)
    unsaved.delete(key)
    if (refusals >= MAX_REFUSALS) return log.warn('notifications.never-saved', { resource, error: reasonOf(error) })
    const pauseMs = Math.min(PAUSE_MS * 2 ** refusals, MAX_PAUSE_MS)
    const nowMs = clock.nowMs()
    // At the end, so that each gets its turn.
    unsaved.set(key, { about, refusals, fromMs: nowMs, untilMs: nowMs + pauseMs })
    log.warn('notifications.unsaved', { resource, error: reasonOf(error) })
  }
  const saveOne = async (about: NoticeSubject): Promise<void> => {
    try {
      await write(about)
      unsaved.delete(keyOf(about))
    } catch (error) {
      failed(about, error)
    }
  }
  const isDue = ({ fromMs, untilMs }: Unsaved): boolean => clock.nowMs() >= untilMs || clock.nowMs() < fromMs
  return {
    save: (all) => inParallel(all, saveOne),
    retry: async () => {
      if (retrying || unsaved.size === 0) return
      retrying = true
      const due = [...unsaved.values()].filter(isDue).slice(0, ROUND)
      await inParallel(due, ({ about }) => saveOne(about)).finally(() => (retrying = false))
    },
    forget: (about) => void unsaved.delete(keyOf(about)),
  }
}
