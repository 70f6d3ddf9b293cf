import { DAYS } from '../api/approvals/windows.ts'
import { DAY_MINUTES, faultIf, quoted, type Once, type Weekly, type WindowFault } from './window.ts'

type Raw = { readonly [field: string]: unknown }

const TIME = /^([01][0-9]|2[0-3]):([0-5][0-9])$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i

function minuteIn(value: unknown): number | undefined {
  const [, hours, minutes] = (typeof value === 'string' ? TIME.exec(value) : null) ?? []
  return hours === undefined || minutes === undefined ? undefined : Number(hours) * 60 + Number(minutes)
}

function daysIn(value: unknown): ReadonlySet<number> | undefined {
  const listed: readonly unknown[] = Array.isArray(value) ? value : []
  const numbers = listed.map((day) => DAYS.findIndex((each) => each === day))
  return numbers.length === 0 || numbers.includes(-1) ? undefined : new Set(numbers)
}

function weeklyIn({ days = DAYS, from = '00:00', to }: Raw): Weekly | readonly WindowFault[] {
  const [on, begins, ends] = [daysIn(days), minuteIn(from), to === undefined ? DAY_MINUTES : minuteIn(to)]
  if (on !== undefined && begins !== undefined && ends !== undefined && begins !== ends)
    return { repeats: 'weekly', days: on, from: begins, to: ends < begins ? ends + DAY_MINUTES : ends }
  return [
    ...faultIf(on === undefined, { field: 'days', message: `days of ${DAYS.join(', ')} are expected; leave out days for every day` }),
    ...faultIf(begins === undefined, { field: 'from', message: `${quoted(from)}: a local time as "08:00" is expected` }),
    ...faultIf(ends === undefined, { field: 'to', message: `${quoted(to)}: a local time as "18:00" is expected` }),
    ...faultIf(begins !== undefined && begins === ends, {
      field: 'to',
      message: `${quoted(to)}: the window is empty; leave out from and to for the whole day`,
    }),
  ]
}

const instantIn = (value: unknown): number => (typeof value === 'string' && INSTANT.test(value) ? Date.parse(value) : NaN)

function instantFaults(field: string, value: unknown): readonly WindowFault[] {
  if (value === undefined) return [{ field, message: 'start and end belong together', kind: 'Required' }]
  return faultIf(Number.isNaN(instantIn(value)), { field, message: `${quoted(value)}: a time as in 2006-01-02T15:04:05Z is expected` })
}

function onceIn(raw: Raw): Once | readonly WindowFault[] {
  const { start, end, effect } = raw
  const [startMs, endMs] = [instantIn(start), instantIn(end)]
  const both = ['days', 'from', 'to'].filter((field) => raw[field] !== undefined)
  const faults = [
    ...both.map((field): WindowFault => ({ field, message: 'a window with start and end does not repeat; use two windows', kind: 'Forbidden' })),
    ...faultIf(effect !== 'Freeze', { field: 'start', message: 'only a Freeze has start and end; use days, from and to', kind: 'Forbidden' }),
    ...instantFaults('start', start),
    ...instantFaults('end', end),
    ...faultIf(endMs <= startMs, { field: 'end', message: `${quoted(end)}: the window is empty; it must end after it starts` }),
  ]
  return faults.length > 0 ? faults : { repeats: 'once', startMs, endMs }
}

/** When a window holds, or what is wrong with its times. */
export const timeIn = (raw: Raw): Weekly | Once | readonly WindowFault[] =>
  raw['start'] === undefined && raw['end'] === undefined ? weeklyIn(raw) : onceIn(raw)
