import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ApprovalWindow } from '../../../domain/api/approvals/windows.ts'
import { nextOpening, SEARCHED_DAYS } from '../../../domain/windows/next-opening.ts'
import { windowsOf } from '../../../domain/windows/open-at.ts'
import { policy } from '../builders.ts'
import { MINUTE, slowlyOpen, windowsAndTime } from './slow-windows.ts'

const under = (windows: readonly ApprovalWindow[], name = 'p') => windowsOf(policy(name, { approvals: { windows } }))
const opens = (time: string, ...policies: readonly (readonly ApprovalWindow[])[]): string | undefined => {
  const ms = nextOpening(
    policies.map((windows) => under(windows)),
    Date.parse(time),
  )
  return ms === undefined ? undefined : new Date(ms).toISOString()
}
const office: ApprovalWindow = { name: 'office', timeZone: 'Europe/Berlin', days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'], from: '08:00', to: '18:00' }

/** Looks at each minute. */
function slowlyNext(policies: readonly (readonly ApprovalWindow[])[], ms: number, minutes: number): number | undefined {
  for (let at = ms; at <= ms + minutes * MINUTE; at += MINUTE) if (policies.every((windows) => slowlyOpen(windows, at))) return at
  return undefined
}

it('is the first minute at which all policies are open, around changes of the clock', () => {
  const minutes = 3 * 1440
  fc.assert(
    fc.property(windowsAndTime, fc.option(windowsAndTime, { nil: undefined }), ({ windows, ms }, other) => {
      const all = [windows, ...(other === undefined ? [] : [other.windows])]
      const [fast, slow] = [
        nextOpening(
          all.map((each) => under(each)),
          ms,
        ),
        slowlyNext(all, ms, minutes),
      ]
      if (slow !== undefined) expect(fast).toBe(slow)
      else expect(fast ?? Infinity).toBeGreaterThan(ms + minutes * MINUTE)
    }),
    { numRuns: 300 },
  )
})

it('within a minute, it is the time itself or a full minute', () => {
  expect(opens('2026-11-30T06:59:59.999Z', [office])).toBe('2026-11-30T07:00:00.000Z')
  expect(opens('2026-11-30T07:00:00.001Z', [office])).toBe('2026-11-30T07:00:00.001Z')
})

it.each([
  ['the next day', '2026-11-30T17:00:00Z', '2026-12-01T07:00:00.000Z'],
  ['after the weekend', '2026-11-27T17:00:00Z', '2026-11-30T07:00:00.000Z'],
  ['after the weekend on which the clock goes forward', '2026-03-27T17:00:00Z', '2026-03-30T06:00:00.000Z'],
  ['after the weekend on which the clock goes back', '2026-10-23T16:00:00Z', '2026-10-26T07:00:00.000Z'],
])('an office opens %s', (_, time, expected) => expect(opens(time, [office])).toBe(expected))

it('skips the day on which the hour of the window is left out', () => {
  const night: ApprovalWindow = { name: 'night', timeZone: 'Europe/Berlin', days: ['Sun'], from: '02:15', to: '02:45' }
  expect(opens('2026-03-28T12:00:00Z', [night])).toBe('2026-04-05T00:15:00.000Z')
})

it('is after a freeze of months, in the next window', () => {
  const freeze: ApprovalWindow = {
    name: 'rebuild',
    effect: 'Freeze',
    timeZone: 'Europe/Berlin',
    start: '2026-11-01T00:00:00Z',
    end: '2027-07-03T00:00:00Z',
  }
  expect(opens('2026-11-30T12:00:00Z', [office, freeze])).toBe('2027-07-05T06:00:00.000Z')
})

it('is when the last of several policies opens', () => {
  const late: ApprovalWindow = { name: 'late', timeZone: 'America/New_York', from: '11:30' }
  expect(opens('2026-11-30T12:00:00Z', [office], [late])).toBe('2026-11-30T16:30:00.000Z')
})

it.each([
  ['windows that a freeze covers', [office, { ...office, name: 'never', effect: 'Freeze' }]],
  ['a freeze without an end', [{ name: 'always', effect: 'Freeze', timeZone: 'UTC' }]],
  ['a window that cannot be read', [office, { ...office, timeZone: 'Nowhere' }]],
] as readonly (readonly [string, readonly ApprovalWindow[]])[])('is never with %s', (_, windows) => {
  expect(opens('2026-11-30T12:00:00Z', windows)).toBeUndefined()
})

it('is found in every week of a year, for a weekly window of an hour', () => {
  const hour: ApprovalWindow = { name: 'hour', timeZone: 'Europe/Berlin', days: ['Wed'], from: '10:00', to: '11:00' }
  for (let day = 0; day < 365; day += 5) {
    const fromMs = Date.parse('2026-01-01T00:00:00Z') + day * 1440 * MINUTE
    const at = nextOpening([under([hour])], fromMs) ?? Infinity
    expect(at - fromMs).toBeLessThanOrEqual((7 * 24 + 1) * 60 * MINUTE)
  }
  expect(SEARCHED_DAYS).toBeGreaterThan(14)
})
