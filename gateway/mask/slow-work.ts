import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../domain/clock.ts'
import { WorkAllowance } from './allowance.ts'

/** A piece of 64 KiB takes a few milliseconds. A packed Helm release is one piece and takes up to three seconds, in which nothing else is served. */
const FREE_MS = 50
/** Reading or writing the revisions of a release stays within the burst. Then the slow pieces of an identity take a quarter of the time at most. */
const RATE = { burstMs: 3_000, msPerSecond: 250 }

/** The slow pieces of work that an identity may cause. One that has used up its share waits; others do not. */
export type SlowWork = {
  /** Does one piece of work for an identity, and counts how long it takes beyond `freeMs`. Optional. Defaults to 50. */
  run<T>(identity: string, piece: () => T, freeMs?: number): T
  /** Resolves when the identity may cause more, or when `isOver`. Call it right before `run`. */
  ready(identity: string, isOver: () => boolean): Promise<void>
  /** Does one of many pieces of work for an identity when it may cause more, and lets other requests be served before. @throws the reason of the signal */
  next<T>(identity: string, piece: () => T, gone: AbortSignal): Promise<T>
}

export function createSlowWork(clock: Clock): SlowWork {
  const allowance = new WorkAllowance(clock, RATE)
  allowance.start()
  const run: SlowWork['run'] = (identity, piece, freeMs = FREE_MS) => {
    const started = clock.nowMs()
    try {
      return piece()
    } finally {
      const slowMs = clock.nowMs() - started - freeMs
      if (slowMs > 0) allowance.spend(identity, slowMs)
    }
  }
  const ready: SlowWork['ready'] = async (identity, isOver) => {
    while (allowance.isSpent(identity) && !isOver()) await allowance.some()
  }
  return {
    run,
    ready,
    next: async (identity, piece, gone) => {
      await nextTurn()
      await ready(identity, () => gone.aborted)
      gone.throwIfAborted()
      return run(identity, piece, 0)
    },
  }
}
