import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { policy } from '../../../domain/builders.ts'
import { put, serveApi, user, type Served } from '../served-api.ts'
import { ask, automatic, grantsOf, install, outcomeOf, START, statusOf } from './auto-approve-rules.ts'

const ADMIN = user('admin', 'system:masters')
/** START is a Wednesday, 13:00 in Berlin. */
const office = { name: 'office', timeZone: 'Europe/Berlin', days: ['Wed'], from: '08:00', to: '18:00' } as const
const night = { name: 'night', timeZone: 'Europe/Berlin', from: '22:00', to: '06:00' } as const
const lunch = { name: 'lunch', timeZone: 'Europe/Berlin', effect: 'Freeze', from: '12:30', to: '13:30' } as const
const TRUE = { condition: 'true' }

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
})
afterEach(() => api.close())

describe('the windows of a rule', () => {
  it('let it approve inside of one of them', async () => {
    await install(api, automatic('agents', [{ ...TRUE, windows: [night, office] }]))
    expect(outcomeOf(await ask(api, 'a'))).toBe('Approved')
    expect(await grantsOf(api)).toHaveLength(1)
  })

  it('leave the request to its approvers outside of them, and say from when on it approves, also in a dry run', async () => {
    await install(api, automatic('agents', [{ ...TRUE, windows: [night] }]))
    for (const query of ['?dryRun=All', '']) {
      const status = statusOf(await ask(api, 'a', {}, { query }))
      expect(status).toMatchObject({
        phase: 'Pending',
        autoApproval: {
          outcome: 'NoRule',
          message:
            'no rule of policy "agents" applies now: rule "logs" of policy "agents" approves in its windows alone: "night"; it is open from 2026-11-25T22:00:00+01:00 (Europe/Berlin) on',
        },
      })
    }
    api.clock.now = Date.parse('2026-11-25T21:00:00Z')
    expect(outcomeOf(await ask(api, 'b', { durationSeconds: 60 }))).toBe('Approved')
  })

  it('close it in a freeze, whatever else is open', async () => {
    await install(api, automatic('agents', [{ ...TRUE, windows: [office, lunch] }]))
    expect(statusOf(await ask(api, 'a')).autoApproval).toMatchObject({
      outcome: 'NoRule',
      message: expect.stringContaining('is frozen by its window "lunch"') as string,
    })
    expect(await grantsOf(api)).toEqual([])
  })

  it('do not keep the next rule from approving', async () => {
    const rules = [
      { name: 'closed', ...TRUE, windows: [night] },
      { name: 'open', ...TRUE },
    ]
    await install(api, automatic('agents', rules))
    expect(statusOf(await ask(api, 'a')).decidedBy).toEqual({ rule: 'open', policy: 'agents' })
  })

  it('that the server cannot read leave the request to its approvers, whatever follows', async () => {
    const stored = automatic('agents', [
      { name: 'unreadable', ...TRUE, windows: [office, { ...office, name: 'late', timeZone: 'Europe/Berlyn' }] },
      { name: 'open', ...TRUE },
    ])
    await install(api)
    await put(api.store, 'accesspolicies', stored)
    expect(statusOf(await ask(api, 'a'))).toMatchObject({
      phase: 'Pending',
      autoApproval: { outcome: 'Failed', message: 'rule "unreadable" of policy "agents" failed: the server cannot read its window "late"' },
    })
  })
})

const write = (...windows: readonly object[]) =>
  api.send(ADMIN, 'POST accesspolicies?dryRun=All', {
    body: policy('p', {
      approvals: {
        autoApprove: [
          { name: 'first', ...TRUE },
          { name: 'logs', ...TRUE, windows: windows as never },
        ],
      },
    }),
  })

describe('a policy', () => {
  it('with windows of a rule is accepted', async () => expect((await write(office, lunch)).code).toBe(201))

  it.each([
    ['an unknown zone', [{ ...office, timeZone: 'Europe/Berlyn' }], '[0].timeZone'],
    ['a name that is used twice', [office, { ...lunch, name: 'office' }], '[1].name'],
    ['a start without an end', [{ name: 'w', timeZone: 'UTC', effect: 'Freeze', start: '2026-12-20T00:00:00Z' }], '[0].end'],
  ])('with %s is refused, with its field', async (_, windows, field) => {
    const { code, body } = await write(...windows)
    const { causes } = body['details'] as { readonly causes: readonly { readonly field: string }[] }
    expect([code, causes.map((cause) => cause.field)]).toEqual([422, [`spec.approvals.autoApprove[1].windows${field}`]])
  })

  it('with a rule that is never open is accepted with a warning', async () => {
    const { headers, code } = await write(office, { ...office, name: 'never', effect: 'Freeze' })
    expect([code, headers.get('warning')]).toEqual([201, expect.stringContaining('spec.approvals.autoApprove[1].windows: they leave no time open')])
  })
})
