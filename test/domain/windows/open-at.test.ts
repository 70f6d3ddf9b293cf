import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ApprovalWindow } from '../../../domain/api/approvals/windows.ts'
import { closedAt, windowsOf } from '../../../domain/windows/open-at.ts'
import { policy } from '../builders.ts'
import { slowlyOpen, windowsAndTime } from './slow-windows.ts'

const under = (...windows: readonly object[]) => windowsOf(policy('p', { approvals: { windows: windows as readonly ApprovalWindow[] } }))
const isOpen = (time: string, ...windows: readonly object[]): boolean => closedAt(under(...windows), Date.parse(time)) === undefined
const berlin = (when: object) => ({ name: 'w', timeZone: 'Europe/Berlin', ...when })

it('is open exactly when the clock on the wall says so, minute by minute, around changes of the clock', () => {
  fc.assert(
    fc.property(windowsAndTime, fc.integer({ min: 0, max: 59_999 }), ({ windows, ms }, within) => {
      expect(closedAt(under(...windows), ms + within) === undefined).toBe(slowlyOpen(windows, ms))
    }),
    { numRuns: 2000 },
  )
})

describe('the days on which the clock changes', () => {
  it.each([
    // Berlin goes from 02:00 to 03:00 at 01:00Z on 29 March 2026.
    ['2026-03-29T00:59:59Z', '01:30', '02:30', true],
    ['2026-03-29T01:00:00Z', '01:30', '02:30', false],
    ['2026-03-29T01:00:00Z', '02:15', '02:45', false],
    ['2026-03-29T01:00:00Z', '03:00', '03:30', true],
    // Berlin goes from 03:00 to 02:00 at 01:00Z on 25 October 2026: 02:30 comes twice.
    ['2026-10-25T00:30:00Z', '02:15', '02:45', true],
    ['2026-10-25T01:00:00Z', '02:15', '02:45', false],
    ['2026-10-25T01:30:00Z', '02:15', '02:45', true],
  ])('%s is in %s to %s in Berlin: %s', (time, from, to, expected) => {
    expect(isOpen(time, berlin({ from, to }))).toBe(expected)
  })

  it('Lord Howe moves by half an hour', () => {
    const howe = { name: 'w', timeZone: 'Australia/Lord_Howe', from: '01:45', to: '02:10' }
    // 3 October 2026, 15:30Z: from 02:00 to 02:30. 4 April 2026, 15:00Z: from 02:00 to 01:30.
    const open = ['2026-10-03T15:29:00Z', '2026-10-03T15:30:00Z', '2026-04-04T14:50:00Z', '2026-04-04T15:10:00Z', '2026-04-04T15:35:00Z']
    expect(open.map((time) => isOpen(time, howe))).toEqual([true, false, true, false, true])
  })
})

describe('a window', () => {
  it.each([
    ['2026-11-27T22:00:00Z', true], // Friday 23:00
    ['2026-11-28T04:59:00Z', true], // Saturday 05:59
    ['2026-11-28T05:00:00Z', false], // Saturday 06:00
    ['2026-11-28T22:00:00Z', false], // Saturday 23:00
    ['2026-11-27T04:00:00Z', false], // Friday 05:00 belongs to Thursday
  ])('across midnight belongs to the day on which it starts: %s', (time, expected) => {
    expect(isOpen(time, berlin({ days: ['Fri'], from: '22:00', to: '06:00' }))).toBe(expected)
  })

  it('without days and times is every day, all day', () => {
    expect([isOpen('2026-11-29T00:00:00Z', berlin({})), isOpen('2026-11-29T00:00:00Z', berlin({ effect: 'Freeze' }))]).toEqual([true, false])
  })

  it('until midnight ends there', () => {
    const late = berlin({ days: ['Mon'], from: '18:00', to: '00:00' })
    expect([isOpen('2026-11-30T22:59:00Z', late), isOpen('2026-11-30T23:00:00Z', late)]).toEqual([true, false])
  })

  it('with a start and an end holds from the one, and before the other', () => {
    const freeze = { name: 'w', effect: 'Freeze', timeZone: 'UTC', start: '2026-12-20T00:00:00+01:00', end: '2026-12-20T00:00:00Z' }
    const times = ['2026-12-19T22:59:59.999Z', '2026-12-19T23:00:00Z', '2026-12-19T23:59:59.999Z', '2026-12-20T00:00:00Z']
    expect(times.map((time) => isOpen(time, freeze))).toEqual([true, false, false, true])
  })
})

describe('several windows', () => {
  const [day, night] = [berlin({ name: 'day', from: '08:00', to: '18:00' }), berlin({ name: 'night', from: '22:00', to: '06:00' })]
  const freeze = { ...day, name: 'freeze', effect: 'Freeze', from: '12:00' }

  it('are open inside one of them', () => {
    expect(['09:00', '20:00', '02:00'].map((time) => isOpen(`2026-11-30T${time}:00Z`, day, night))).toEqual([true, false, true])
  })

  it('are closed while a freeze holds, which is named', () => {
    expect(closedAt(under(day, night, freeze), Date.parse('2026-11-30T12:00:00Z'))).toMatchObject({ why: 'Frozen', windows: [{ name: 'freeze' }] })
    expect(closedAt(under(day, night, freeze), Date.parse('2026-11-30T20:00:00Z'))).toMatchObject({
      why: 'OutsideWindow',
      windows: [{ name: 'day' }, { name: 'night' }],
    })
  })

  it('are open with freezes alone, outside of them', () => expect(isOpen('2026-11-30T09:00:00Z', freeze)).toBe(true))
  it('that are an empty or absent list leave the policy open', () =>
    expect([isOpen('2026-11-30T09:00:00Z'), windowsOf(policy('p')).windows]).toEqual([true, []]))
})

it.each([
  ['an unknown zone', berlin({ timeZone: 'Europe/Berlyn' })],
  ['the zone of the machine', berlin({ timeZone: 'local' })],
  ['an offset', berlin({ timeZone: '+01:00' })],
  ['no zone', { name: 'w' }],
  ['a number as its zone', berlin({ timeZone: 1 })],
  ['an unknown effect', berlin({ effect: 'Close' })],
  ['null as its effect', berlin({ effect: null })],
  ['null as its time', berlin({ from: null })],
  ['null as its start', berlin({ start: null })],
  ['an unknown day', berlin({ days: ['Mon', 'Monday'] })],
  ['no days', berlin({ days: [] })],
  ['a text as its days', berlin({ days: 'Mon' })],
  ['an hour beyond the day', berlin({ from: '24:00' })],
  ['a number as its time', berlin({ to: 1080 })],
  ['equal times', berlin({ from: '08:00', to: '08:00' })],
  ['a start alone', berlin({ effect: 'Freeze', start: '2026-12-20T00:00:00Z' })],
  ['an end before its start', berlin({ effect: 'Freeze', start: '2026-12-20T00:00:00Z', end: '2026-12-19T00:00:00Z' })],
  ['a start without a zone', berlin({ effect: 'Freeze', start: '2026-12-20T00:00:00', end: '2027-12-19T00:00:00Z' })],
  ['a start in an Open window', berlin({ start: '2026-01-20T00:00:00Z', end: '2027-12-19T00:00:00Z' })],
  ['both forms', berlin({ effect: 'Freeze', days: ['Mon'], start: '2026-12-20T00:00:00Z', end: '2027-12-19T00:00:00Z' })],
  ['null', null],
])('a stored window with %s closes the policy, beside one that is open', (_, window) => {
  expect(closedAt(under(berlin({ name: 'ever' }), window as object), Date.parse('2026-11-30T12:00:00Z'))).toMatchObject({ why: 'WindowUnreadable' })
})

it.each([
  ['null', null],
  ['an object', {}],
  ['a text', 'Mon'],
])('windows that are %s close the policy', (_, windows) => {
  const stored = windowsOf(policy('p', { approvals: { windows: windows as unknown as readonly ApprovalWindow[] } }))
  expect(closedAt(stored, 0)).toMatchObject({ why: 'WindowUnreadable' })
})
