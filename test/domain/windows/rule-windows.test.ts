import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AutoApproveRule } from '../../../domain/api/approvals/auto-approve.ts'
import type { ApprovalWindow } from '../../../domain/api/approvals/windows.ts'
import { rulesNeverOpen, whyRuleClosed } from '../../../domain/windows/rule-windows.ts'
import { policy } from '../builders.ts'
import { slowlyOpen, windowsAndTime } from './slow-windows.ts'

const ruleOf = (windows: unknown): AutoApproveRule => ({ name: 'logs', condition: 'true', windows: windows as readonly ApprovalWindow[] })
const why = (time: string, ...windows: readonly object[]): string | undefined => whyRuleClosed(ruleOf(windows), 'p', Date.parse(time))
const office = { name: 'office', timeZone: 'Europe/Berlin', days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'], from: '08:00', to: '18:00' }

it('is open exactly when the clock on the wall says so, minute by minute, around changes of the clock', () => {
  fc.assert(
    fc.property(windowsAndTime, fc.integer({ min: 0, max: 59_999 }), ({ windows, ms }, within) => {
      expect(whyRuleClosed(ruleOf(windows), 'p', ms + within) === undefined).toBe(slowlyOpen(windows, ms))
    }),
    { numRuns: 500 },
  )
})

it('a rule without windows is open at any time', () => {
  expect([why('2026-11-29T03:00:00Z'), whyRuleClosed({ name: 'logs', condition: 'true' }, 'p', 0)]).toEqual([undefined, undefined])
})

it.each([
  // Saturday; the clock in Berlin goes back on the Sunday after it.
  ['2026-10-24T08:00:00Z', [office], 'approves in its windows alone: "office"; it is open from 2026-10-26T08:00:00+01:00 (Europe/Berlin) on'],
  [
    '2026-11-30T12:00:00Z',
    [office, { name: 'lunch', effect: 'Freeze', timeZone: 'UTC', from: '12:00', to: '13:00', reason: 'we eat' }],
    'is frozen by its window "lunch" (we eat); it is open from 2026-11-30T13:00:00+00:00 (UTC) on',
  ],
  ['2026-11-30T12:00:00Z', [{ name: 'always', effect: 'Freeze', timeZone: 'UTC' }], 'is frozen by its window "always"'],
])('says why it is closed at %s, and until when', (time, windows, expected) => expect(why(time, ...windows)).toBe(expected))

it.each([
  ['an unknown zone', [office, { ...office, name: 'late', timeZone: 'Europe/Berlyn' }], 'its window "late"'],
  ['null', [null], 'its window "0"'],
  ['no list', 'Mon', 'its window "0"'],
])('a window with %s is an error, also beside one that is open', (_, windows, named) => {
  expect(() => whyRuleClosed(ruleOf(windows), 'p', Date.parse('2026-11-30T12:00:00Z'))).toThrow(named)
})

it('a rule whose windows leave no time open is named', () => {
  const rules = [ruleOf([office]), ruleOf([office, { ...office, name: 'never', effect: 'Freeze' }]), ruleOf([{ ...office, timeZone: 'Nowhere' }])]
  expect(rulesNeverOpen(policy('p', { approvals: { autoApprove: rules } }), Date.parse('2026-11-30T12:00:00Z'))).toEqual([
    'spec.approvals.autoApprove[1].windows: they leave no time open in the next 32 days, so the rule approves nothing',
  ])
})
