import { DAYS } from '../api/approvals/windows.ts'
import { plainTextProblem } from '../api/plain-text.ts'
import { isObject } from '../is-object.ts'
import { timeZoneOf, type TimeZone } from './zone.ts'

export const DAY_MINUTES = 1440

/** `days`: 0 is Monday. `from`, `to`: minutes of the local day on which the window starts; `to` is beyond the day for a window across midnight. */
type Weekly = { readonly repeats: 'weekly'; readonly days: ReadonlySet<number>; readonly from: number; readonly to: number }
/** From `startMs`, before `endMs`. */
type Once = { readonly repeats: 'once'; readonly startMs: number; readonly endMs: number }

export type Window = {
  readonly name: string
  readonly effect: 'Open' | 'Freeze'
  readonly zone: TimeZone
  readonly reason: string | undefined
  readonly when: Weekly | Once
}
/** `field`: relative to the window; empty for the window itself. */
export type WindowFault = { readonly field: string; readonly message: string; readonly isMissing?: true; readonly isForbidden?: true }
export type ReadWindow = { readonly window: Window } | { readonly faults: readonly WindowFault[] }

const TIME = /^([01][0-9]|2[0-3]):([0-5][0-9])$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i
const WEEKLY_FIELDS = ['days', 'from', 'to'] as const

type Raw = { readonly [field: string]: unknown }

function minuteIn(value: unknown): number | undefined {
  const [, hours, minutes] = (typeof value === 'string' ? TIME.exec(value) : null) ?? []
  return hours === undefined || minutes === undefined ? undefined : Number(hours) * 60 + Number(minutes)
}

const instantIn = (value: unknown): number => (typeof value === 'string' && INSTANT.test(value) ? Date.parse(value) : NaN)

const quoted = (value: unknown): string => JSON.stringify(value) ?? 'none'

function onceOf({ start, end, effect, ...raw }: Raw): Once | readonly WindowFault[] {
  const faults: WindowFault[] = WEEKLY_FIELDS.filter((field) => raw[field] !== undefined).map((field) => ({
    field,
    message: 'a window has start and end, or days, from and to; use two windows for both',
    isForbidden: true,
  }))
  if (effect !== 'Freeze')
    faults.push({ field: 'start', message: 'only a window with the effect Freeze has start and end; use days, from and to', isForbidden: true })
  const [startMs, endMs] = [instantIn(start), instantIn(end)]
  const both = Object.entries({ start, end })
  for (const [field, value] of both)
    if (value === undefined) faults.push({ field, message: 'start and end belong together', isMissing: true })
    else if (Number.isNaN(instantIn(value))) faults.push({ field, message: `${quoted(value)}: a time as in 2006-01-02T15:04:05Z is expected` })
  if (endMs <= startMs) faults.push({ field: 'end', message: `${quoted(end)}: the window is empty; it must end after it starts` })
  return faults.length > 0 ? faults : { repeats: 'once', startMs, endMs }
}

function weeklyOf({ days = DAYS, from = '00:00', to }: Raw): Weekly | readonly WindowFault[] {
  const faults: WindowFault[] = []
  const listed: readonly unknown[] = Array.isArray(days) ? days : []
  const numbers = listed.map((day) => DAYS.findIndex((each) => each === day))
  if (numbers.length === 0) faults.push({ field: 'days', message: 'the window is empty; leave out days for every day' })
  if (numbers.includes(-1)) faults.push({ field: 'days', message: `each must be one of ${DAYS.join(', ')}` })
  const [begins, ends] = [minuteIn(from), to === undefined ? DAY_MINUTES : minuteIn(to)]
  if (begins === undefined) faults.push({ field: 'from', message: `${quoted(from)}: a local time as "08:00" is expected` })
  if (ends === undefined) faults.push({ field: 'to', message: `${quoted(to)}: a local time as "18:00" is expected` })
  if (begins !== undefined && begins === ends)
    faults.push({ field: 'to', message: `${quoted(to)}: the window is empty; leave out from and to for the whole day` })
  if (begins === undefined || ends === undefined || faults.length > 0) return faults
  return { repeats: 'weekly', days: new Set(numbers), from: begins, to: ends < begins ? ends + DAY_MINUTES : ends }
}

const isFaulty = (read: Weekly | Once | readonly WindowFault[]): read is readonly WindowFault[] => Array.isArray(read)

/**
 * Reads one entry of `spec.approvals.windows`, with what is wrong with it. Admission refuses the same that closes a stored policy, so it assumes
 * nothing about the value.
 */
export function readWindow(raw: unknown): ReadWindow {
  if (!isObject(raw)) return { faults: [{ field: '', message: 'an object is expected' }] }
  const { name, effect = 'Open', timeZone, reason, start, end } = raw
  const faults: WindowFault[] = []
  if (typeof name !== 'string') faults.push({ field: 'name', message: 'a name is expected', isMissing: true })
  if (effect !== 'Open' && effect !== 'Freeze') faults.push({ field: 'effect', message: 'Open or Freeze is expected' })
  const zone = typeof timeZone === 'string' ? timeZoneOf(timeZone) : undefined
  if (zone === undefined)
    faults.push({
      field: 'timeZone',
      message: `${quoted(timeZone)}: no such time zone; write a name of the IANA time zone database, as Europe/Berlin or UTC`,
    })
  const hidden = typeof reason === 'string' ? plainTextProblem(reason) : undefined
  if (hidden !== undefined) faults.push({ field: 'reason', message: hidden.replace(/^Invalid value: /, '') })
  const when = start !== undefined || end !== undefined ? onceOf({ ...raw, effect }) : weeklyOf(raw)
  if (isFaulty(when)) return { faults: [...faults, ...when] }
  if (faults.length > 0 || typeof name !== 'string' || (effect !== 'Open' && effect !== 'Freeze') || zone === undefined) return { faults }
  return { window: { name, effect, zone, reason: typeof reason === 'string' ? reason : undefined, when } }
}
