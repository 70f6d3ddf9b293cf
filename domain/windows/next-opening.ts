import { closedAt, localTime, type Closed, type PolicyWindows } from './open-at.ts'
import { DAY_MINUTES, type Weekly, type Window } from './window.ts'

const MINUTE_MS = 60_000
const DAY_MS = DAY_MINUTES * MINUTE_MS
/** How many days are searched, without the time that windows with a start and an end close. Weekly windows repeat in this time, with a change of the clock. */
export const SEARCHED_DAYS = 32

/** The first time after `fromMs` with another offset than at `fromMs`, where `toMs` has another one. Correct for one change between them. */
function changeOfClock({ zone }: Window, fromMs: number, toMs: number): number {
  const before = zone.offsetMs(fromMs)
  let [same, other] = [fromMs, toMs]
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (zone.offsetMs(middle) === before) same = middle
    else other = middle
  }
  return other
}

/**
 * A time, at most a day away, up to which a weekly window stays as it is: the next local time at which windows of it start or end, or an earlier
 * change of the clock. No time zone changes its clock twice in a day.
 */
function nextTurn(window: Window, when: Weekly, ms: number): number {
  const { minute } = localTime(window, ms)
  const minuteStart = ms - ((((ms + window.zone.offsetMs(ms)) % MINUTE_MS) + MINUTE_MS) % MINUTE_MS)
  const away = [when.from, when.to].map((turn) => ((((turn - minute) % DAY_MINUTES) + DAY_MINUTES - 1) % DAY_MINUTES) + 1)
  const turn = minuteStart + Math.min(...away) * MINUTE_MS
  return window.zone.offsetMs(turn) === window.zone.offsetMs(ms) ? turn : changeOfClock(window, ms, turn)
}

/** A time up to which a policy stays closed for the same reason; undefined if it is closed until somebody changes it. */
function closedUntil(closed: Closed, ms: number): number | undefined {
  if (closed.why === 'WindowUnreadable') return undefined
  return Math.min(...closed.windows.map((window) => (window.when.repeats === 'once' ? window.when.endMs : nextTurn(window, window.when, ms))))
}

const isOnce = (closed: Closed): boolean => closed.why === 'Frozen' && closed.windows.every(({ when }) => when.repeats === 'once')

/**
 * The first time from `fromMs` on at which all policies are open. Undefined if a window cannot be read, or if none is found in {@link SEARCHED_DAYS}
 * that no freeze with a start and an end covers.
 */
export function nextOpening(policies: readonly PolicyWindows[], fromMs: number): number | undefined {
  let ms = fromMs
  let leftMs = SEARCHED_DAYS * DAY_MS
  while (leftMs >= 0) {
    const closed = policies.map((policy) => closedAt(policy, ms)).find((each) => each !== undefined)
    if (closed === undefined) return ms
    const untilMs = closedUntil(closed, ms)
    if (untilMs === undefined) return undefined
    if (!isOnce(closed)) leftMs -= untilMs - ms
    ms = untilMs
  }
  return undefined
}
