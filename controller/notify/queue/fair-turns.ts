/** Messages of their own about one requester in one window. What comes after is summarized when the window ends. */
const BURST = 5
const WINDOW_MS = 60_000
/** From this number of waiting events on, those of a requester are summarized. */
const MANY = 4
/** From this number of waiting requesters on, the events of all of them are summarized. */
const MANY_REQUESTERS = 20
/** Events in one summary. */
const MOST = 500

type Turn = { servedMs: number; windowMs: number; count: number }
export type Waiting = { readonly requester: string; readonly atMs: number }

/** The events that one channel is told next: one in a message of its own, or several in a summary. */
export type FairTurns<T extends Waiting> = {
  next(waiting: readonly T[], nowMs: number): readonly T[]
  /** Moves the requesters of the batch to the end, and counts a message that was sent. */
  served(batch: readonly T[], nowMs: number, sent: boolean): void
}

function byRequester<T extends Waiting>(waiting: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>()
  for (const each of waiting) {
    const of = found.get(each.requester)
    if (of === undefined) found.set(each.requester, [each])
    else of.push(each)
  }
  return found
}

/**
 * Chooses by turns between requesters, so that one who asks a lot delays nobody else: the requester who was served the longest time ago is next, with its
 * oldest event. One who has many waiting events gets one summary of them.
 */
export function createFairTurns<T extends Waiting>(): FairTurns<T> {
  const turns = new Map<string, Turn>()
  const isQuiet = (requester: string, nowMs: number): boolean => {
    const turn = turns.get(requester)
    return turn !== undefined && turn.count >= BURST && nowMs - turn.windowMs < WINDOW_MS && nowMs >= turn.windowMs
  }
  return {
    next: (waiting, nowMs) => {
      const groups = [...byRequester(waiting)].filter(([requester]) => !isQuiet(requester, nowMs))
      if (groups.length >= MANY_REQUESTERS) return groups.flatMap(([, of]) => of).slice(0, MOST)
      const [first] = groups.toSorted(
        ([one, [oldest]], [other, [otherOldest]]) =>
          (turns.get(one)?.servedMs ?? 0) - (turns.get(other)?.servedMs ?? 0) || (oldest?.atMs ?? 0) - (otherOldest?.atMs ?? 0),
      )
      if (first === undefined) return []
      const oldestFirst = first[1].toSorted((one, other) => one.atMs - other.atMs)
      return oldestFirst.slice(0, oldestFirst.length >= MANY ? MOST : 1)
    },
    served: (batch, nowMs, sent) => {
      for (const requester of new Set(batch.map((each) => each.requester))) {
        const turn = turns.get(requester)
        const isSame = turn !== undefined && nowMs - turn.windowMs < WINDOW_MS && nowMs >= turn.windowMs
        const count = (isSame ? turn.count : 0) + (sent ? 1 : 0)
        turns.set(requester, { servedMs: nowMs, windowMs: isSame ? turn.windowMs : nowMs, count })
      }
      for (const [requester, { servedMs }] of turns) if (nowMs - servedMs > 2 * WINDOW_MS) turns.delete(requester)
    },
  }
}
