import fc from 'fast-check'
import { DAYS, type ApprovalWindow } from '../../../domain/api/approvals/windows.ts'

export const MINUTE = 60_000

/** Zones with times at which their clocks change. Kathmandu has none, and is 45 minutes off the hour. Apia left out a day. */
const ZONES = {
  'Europe/Berlin': ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z'],
  'America/New_York': ['2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z'],
  'Australia/Lord_Howe': ['2026-04-04T15:00:00Z', '2026-10-03T15:30:00Z'],
  'America/Santiago': ['2026-04-05T03:00:00Z', '2026-09-06T04:00:00Z'],
  'Pacific/Apia': ['2011-12-30T10:00:00Z'],
  'Asia/Kathmandu': ['2026-03-29T01:00:00Z'],
} as const

const formats = new Map<string, Intl.DateTimeFormat>()
const shown = new Map<string, { readonly day: string; readonly time: string }>()

/** What a clock in the zone shows, as text. By Intl alone. */
export function clockIn(timeZone: string, ms: number): { readonly day: string; readonly time: string } {
  const key = `${timeZone} ${Math.floor(ms / MINUTE)}`
  const known = shown.get(key)
  if (known !== undefined) return known
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  formats.set(timeZone, format)
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]))
  const clock = { day: parts['weekday'] ?? '', time: `${parts['hour']}:${parts['minute']}` }
  shown.set(key, clock)
  return clock
}

const dayBefore = (day: string): string => DAYS[(DAYS.findIndex((each) => each === day) + 6) % 7] ?? ''

/** Whether a window holds, by comparing the texts of times. */
export function slowlyHolds({ timeZone, days = DAYS, from = '00:00', to = '24:00', start, end }: ApprovalWindow, ms: number): boolean {
  if (start !== undefined && end !== undefined) return Date.parse(start) <= ms && ms < Date.parse(end)
  const { day, time } = clockIn(timeZone, ms)
  const has = (each: string): boolean => (days as readonly string[]).includes(each)
  if (from < to) return has(day) && from <= time && time < to
  return (has(day) && from <= time) || (has(dayBefore(day)) && time < to)
}

export function slowlyOpen(windows: readonly ApprovalWindow[], ms: number): boolean {
  if (windows.some((window) => window.effect === 'Freeze' && slowlyHolds(window, ms))) return false
  const open = windows.filter(({ effect }) => effect !== 'Freeze')
  return open.length === 0 || open.some((window) => slowlyHolds(window, ms))
}

const two = (number: number): string => String(number).padStart(2, '0')
/** Mostly at night, when clocks change. */
const minutes = fc.oneof(
  fc.integer({ min: 0, max: 48 }).map((fives) => fives * 5),
  fc.integer({ min: 0, max: 1439 }),
)
const time = minutes.map((minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`)
const zone = fc.constantFrom(...(Object.keys(ZONES) as (keyof typeof ZONES)[]))

const weekly = (timeZone: string, index: number) =>
  fc
    .record({
      effect: fc.constantFrom('Open', 'Freeze'),
      days: fc.option(fc.subarray([...DAYS], { minLength: 1 }), { nil: undefined }),
      from: fc.option(time, { nil: undefined }),
      to: fc.option(time, { nil: undefined }),
    })
    .filter(({ from = '00:00', to = '24:00' }) => from !== to)
    .map(({ effect, days, from, to }): ApprovalWindow => ({
      name: `w${index}`,
      effect,
      timeZone,
      ...(days === undefined ? {} : { days }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    }))

const once = (aroundMs: number, index: number) =>
  fc.record({ from: fc.integer({ min: -600, max: 600 }), lasts: fc.integer({ min: 1, max: 2000 }) }).map(({ from, lasts }): ApprovalWindow => ({
    name: `w${index}`,
    effect: 'Freeze',
    timeZone: 'UTC',
    start: new Date(aroundMs + from * MINUTE).toISOString(),
    end: new Date(aroundMs + (from + lasts) * MINUTE).toISOString(),
  }))

/** Windows of several zones, and a minute within two days of a change of one of their clocks. */
export const windowsAndTime = zone
  .chain((name) => fc.record({ name: fc.constant(name), at: fc.constantFrom(...ZONES[name]).map((text) => Date.parse(text)) }))
  .chain(({ name, at }) =>
    fc.record({
      ms: fc.integer({ min: -48 * 60, max: 48 * 60 }).map((minute) => at + minute * MINUTE),
      windows: fc
        .array(fc.constantFrom('same', 'other', 'once'), { minLength: 1, maxLength: 4 })
        .chain((kinds) =>
          fc.tuple(
            ...kinds.map((kind, index) =>
              kind === 'once' ? once(at, index) : kind === 'same' ? weekly(name, index) : zone.chain((other) => weekly(other, index)),
            ),
          ),
        ),
    }),
  )
