import type { AccessPolicy } from '../api/access-policy.ts'
import { readWindow } from './read-window.ts'
import { DAY_MINUTES, type Window } from './window.ts'

const MINUTE_MS = 60_000
const WEEK_DAYS = 7
/** 1 January 1970 was a Thursday. */
const EPOCH_DAY = 3

/** The windows of a policy. `unreadable`: the names of windows that cannot be read; the place in the list of one without a name. */
export type PolicyWindows = {
  readonly policy: string
  readonly windows: readonly Window[]
  readonly unreadable: readonly string[]
}

const nameIn = (raw: unknown, index: number): string => {
  const name: unknown = typeof raw === 'object' && raw !== null && 'name' in raw ? raw.name : undefined
  return typeof name === 'string' ? name : String(index)
}

/** The windows of a stored policy, or of one of its rules. Nothing is assumed of them: what is not a list counts as a window that cannot be read. */
export function windowsIn(policy: string, raw: unknown): PolicyWindows {
  const entries: readonly unknown[] = raw === undefined ? [] : Array.isArray(raw) ? raw : [raw]
  const read = entries.map((entry) => readWindow(entry))
  return {
    policy,
    windows: read.flatMap((each) => ('window' in each ? [each.window] : [])),
    unreadable: read.flatMap((each, index) => ('faults' in each ? [nameIn(entries[index], index)] : [])),
  }
}

export const windowsOf = ({ metadata, spec }: AccessPolicy): PolicyWindows => windowsIn(metadata.name, spec.approvals?.windows)

/** The day of the week, 0 for Monday, and the minute of the day that a clock in the zone of the window shows. */
export function localTime({ zone }: Window, ms: number): { readonly day: number; readonly minute: number } {
  const minutes = Math.floor((ms + zone.offsetMs(ms)) / MINUTE_MS)
  const days = Math.floor(minutes / DAY_MINUTES)
  return { day: (((days + EPOCH_DAY) % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS, minute: minutes - days * DAY_MINUTES }
}

/**
 * Whether a window holds at a time. A weekly window holds when the local clock shows a day and a time inside of it. So it is shorter or longer on the
 * days on which the clock changes, and a window that lies in an hour that the clock leaves out does not hold on that day.
 */
export function holdsAt(window: Window, ms: number): boolean {
  const { when } = window
  if (when.repeats === 'once') return when.startMs <= ms && ms < when.endMs
  const { day, minute } = localTime(window, ms)
  const before = (day + WEEK_DAYS - 1) % WEEK_DAYS
  return (when.days.has(day) && when.from <= minute && minute < when.to) || (when.days.has(before) && minute + DAY_MINUTES < when.to)
}

/** Why a policy is closed. `names`: of the windows that cannot be read. `windows`: the freeze that holds, or all that could be open. */
export type Closed = { readonly policy: string } & (
  | { readonly why: 'WindowUnreadable'; readonly names: readonly string[] }
  | { readonly why: 'Frozen' | 'OutsideWindow'; readonly windows: readonly Window[] }
)

/** Whether a policy is closed at a time, and why; undefined when it is open. */
export function closedAt({ policy, windows, unreadable }: PolicyWindows, ms: number): Closed | undefined {
  if (unreadable.length > 0) return { policy, why: 'WindowUnreadable', names: unreadable }
  const freeze = windows.find((window) => window.effect === 'Freeze' && holdsAt(window, ms))
  if (freeze !== undefined) return { policy, why: 'Frozen', windows: [freeze] }
  const open = windows.filter(({ effect }) => effect === 'Open')
  if (open.length === 0 || open.some((window) => holdsAt(window, ms))) return undefined
  return { policy, why: 'OutsideWindow', windows: open }
}
