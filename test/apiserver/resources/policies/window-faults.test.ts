import { afterAll, beforeAll, expect, it } from 'vitest'
import { policy } from '../../../domain/builders.ts'
import { serveApi, user, type Served } from '../served-api.ts'

const ADMIN = user('admin', 'system:masters')
let api: Served
beforeAll(async () => void (api = await serveApi(Date.parse('2026-11-30T11:00:00Z'))))
afterAll(() => api.close())

const write = (...windows: readonly object[]) =>
  api.send(ADMIN, 'POST accesspolicies?dryRun=All', { body: policy('p', { approvals: { windows: windows as never } }) })
const w = (fields: object): object => ({ name: 'w', timeZone: 'Europe/Berlin', ...fields })
const FREEZE = { effect: 'Freeze', start: '2026-12-20T00:00:00Z', end: '2026-12-30T00:00:00Z' }

it.each([
  ['a day and its hours', w({ days: ['Sat', 'Sun'], from: '08:00', to: '18:00' })],
  ['hours across midnight', w({ from: '22:00', to: '06:00' })],
  ['an alias of a zone', w({ timeZone: 'UTC' })],
  ['a stretch of time', w(FREEZE)],
])('%s is accepted', async (_, window) => {
  const answer = await write(window)
  expect([answer.code, answer.text]).toEqual([201, expect.any(String)])
})

it.each([
  ['an unknown zone', w({ timeZone: 'Europe/Berlyn' }), '[0].timeZone', 'no such time zone; write a name of the IANA time zone database'],
  ['an offset as its zone', w({ timeZone: '+01:00' }), '[0].timeZone', ''],
  ['no zone', { name: 'w' }, '[0].timeZone', 'Required value'],
  ['an hour beyond the day', w({ to: '24:00' }), '[0].to', ''],
  ['an hour without a zero', w({ from: '8:00' }), '[0].from', ''],
  ['equal times', w({ from: '08:00', to: '08:00' }), '[0].to', 'the window is empty; leave out from and to for the whole day'],
  ['no days', w({ days: [] }), '[0].days', ''],
  ['an unknown day', w({ days: ['Monday'] }), '[0].days[0]', ''],
  ['a start without an end', w({ effect: 'Freeze', start: FREEZE.start }), '[0].end', 'Required value: start and end belong together'],
  ['an end before its start', w({ ...FREEZE, end: FREEZE.start }), '[0].end', 'the window is empty; it must end after it starts'],
  ['a start in an Open window', w({ ...FREEZE, effect: 'Open' }), '[0].start', 'Forbidden: only a Freeze has start and end'],
  ['both forms', w({ ...FREEZE, from: '08:00' }), '[0].from', 'Forbidden: a window with start and end does not repeat; use two windows'],
  ['a reason that hides text', w({ reason: 'a\u202eb' }), '[0].reason', 'cannot be displayed faithfully'],
])('a window with %s is refused, with its field', async (_, window, field, message) => {
  const { code, body } = await write(window)
  expect([code, body['details']]).toMatchObject([422, { causes: [{ field: `spec.approvals.windows${field}` }] }])
  expect(body['message']).toContain(message)
})

it('names are used once', async () => {
  expect((await write(w({}), w({ effect: 'Freeze' }))).body['details']).toMatchObject({
    causes: [{ reason: 'FieldValueDuplicate', field: 'spec.approvals.windows[1].name' }],
  })
})

const warned = async (...windows: readonly object[]) => {
  const { code, headers } = await write(...windows)
  return [code, headers.get('warning')]
}

it('windows that never open are accepted with a warning, and those that open late without', async () => {
  expect(await warned(w({}), { ...w({ effect: 'Freeze' }), name: 'always' })).toEqual([201, expect.stringContaining('they leave no time open')])
  expect(await warned(w({ effect: 'Freeze', start: '2026-01-01T00:00:00Z', end: '2036-01-01T00:00:00Z' }))).toEqual([201, null])
})
