import type { DeliveryEventName } from '../../../domain/api/notifications/notification.ts'

/** Messages of their own about one requester in one window. What comes after is summarized when the window ends. */
const BURST = 5
const WINDOW_MS = 60_000
/** From this number of waiting events on, those of a requester are summarized. */
const MANY = 4
/** From this number of waiting requesters on, the events of all of them are summarized. */
const MANY_REQUESTERS = 20
/** Events in one summary. */
const MAX_SUMMARY = 500

type Turn = { servedMs: number; windowMs: number; count: number }
export type Waiting = {
  readonly event: DeliveryEventName
  readonly requester: string
  readonly atMs: number
  /** Whether it cannot wait, such as a decision by which a channel learns of break-glass access. Optional. Defaults to what `event` says. */
  readonly urgent?: boolean
  /** Whether it must not be summarized. Optional. Defaults to false. */
  readonly alone?: boolean
}

/** The events that one channel is notified of next: one in a message of its own, or several in a summary. */
export type FairTurns<T extends Waiting> = {
  next(waiting: readonly T[], nowMs: number): readonly T[]
  /** Moves the requesters of the batch to the end, and counts a message that was sent. */
  served(batch: readonly T[], nowMs: number, sent: boolean): void
}

const URGENT: ReadonlySet<DeliveryEventName> = new Set(['BreakGlass', 'Suspended', 'Lifted'])
const isUrgent = ({ event, urgent = URGENT.has(event) }: Waiting): boolean => urgent

/** The events of each requester, oldest first. The requester who was served the longest time ago is first, with the oldest event among equals. */
function inTurn<T extends Waiting>(waiting: readonly T[], turns: ReadonlyMap<string, Turn>): readonly (readonly [string, readonly T[]])[] {
  const found = new Map<string, T[]>()
  for (const each of waiting.toSorted((one, other) => one.atMs - other.atMs)) {
    const of = found.get(each.requester)
    if (of === undefined) found.set(each.requester, [each])
    else of.push(each)
  }
  const servedMs = (requester: string): number => turns.get(requester)?.servedMs ?? 0
  return [...found].toSorted(([one], [other]) => servedMs(one) - servedMs(other))
}

/** As many events as fit into a summary, the same share of each requester as far as it has so many. */
function shared<T>(groups: readonly (readonly T[])[]): readonly T[] {
  const taken: T[] = []
  for (let round = 0; taken.length < MAX_SUMMARY && groups.some((of) => round < of.length); round++)
    for (const of of groups) taken.push(...of.slice(round, round + 1))
  return taken.slice(0, MAX_SUMMARY)
}

/** Counts who was served when. */
function createTurns(): { readonly of: ReadonlyMap<string, Turn>; count(requesters: ReadonlySet<string>, nowMs: number, sent: boolean): void } {
  const turns = new Map<string, Turn>()
  return {
    of: turns,
    count: (requesters, nowMs, sent) => {
      for (const requester of requesters) {
        const turn = turns.get(requester)
        const isSame = turn !== undefined && nowMs - turn.windowMs < WINDOW_MS && nowMs >= turn.windowMs
        const count = (isSame ? turn.count : 0) + (sent ? 1 : 0)
        turns.set(requester, { servedMs: nowMs, windowMs: isSame ? turn.windowMs : nowMs, count })
      }
      for (const [requester, { servedMs }] of turns) if (Math.abs(nowMs - servedMs) > 2 * WINDOW_MS) turns.delete(requester)
    },
  }
}

/**
 * Chooses by turns between requesters, so that one who asks a lot delays nobody else: the requester who was served the longest time ago is next, with its
 * oldest event. One who has many waiting events gets one summary of them.
 *
 * What is urgent, break-glass access and suspensions, has turns of its own: it is sent first, alone, and at any time. When other events wait too, they get
 * every second turn, so that a flood of break-glass access delays them but does not stop them.
 */
export function createFairTurns<T extends Waiting>(): FairTurns<T> {
  const [ordinary, urgent] = [createTurns(), createTurns()]
  let wasUrgent = false
  const isQuiet = (requester: string, nowMs: number): boolean => {
    const turn = ordinary.of.get(requester)
    return turn !== undefined && turn.count >= BURST && nowMs - turn.windowMs < WINDOW_MS && nowMs >= turn.windowMs
  }
  const nextOrdinary = (waiting: readonly T[], nowMs: number): readonly T[] => {
    const groups = inTurn(waiting, ordinary.of).filter(([requester]) => !isQuiet(requester, nowMs))
    const first = groups[0]?.[1] ?? []
    if (first[0]?.alone === true) return first.slice(0, 1)
    if (groups.length >= MANY_REQUESTERS) return shared(groups.map(([, of]) => of.filter(({ alone }) => alone !== true)))
    const together = first.filter(({ alone }) => alone !== true)
    return together.slice(0, together.length >= MANY ? MAX_SUMMARY : 1)
  }
  return {
    next: (waiting, nowMs) => {
      const loud = inTurn(waiting.filter(isUrgent), urgent.of)[0]?.[1] ?? []
      if (loud.length > 0 && !wasUrgent) return loud.slice(0, 1)
      const others = nextOrdinary(
        waiting.filter((each) => !isUrgent(each)),
        nowMs,
      )
      return others.length > 0 ? others : loud.slice(0, 1)
    },
    served: (batch, nowMs, sent) => {
      wasUrgent = batch.some(isUrgent)
      const requesters = new Set(batch.map(({ requester }) => requester))
      const { count } = wasUrgent ? urgent : ordinary
      count(requesters, nowMs, sent)
    },
  }
}
