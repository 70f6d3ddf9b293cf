import { expect, it } from 'vitest'
import { checkSuspensions } from '../../../cli/doctor/suspensions.ts'
import { fakeIO } from '../../fakes/io.ts'

const GET = 'GET /apis/jit.access/v1/accesssuspensions'
const stop = { metadata: { name: 'stop' }, spec: { all: true, reason: 'incident', suspendedBy: { username: 'oidc:ann' } } }
const lifted = { ...stop, metadata: { name: 'old' }, status: { conditions: [{ type: 'Lifted', status: 'True' }] } }

it('warns of a suspension in force with the command that lifts it, and not of lifted ones', async () => {
  expect(await checkSuspensions(fakeIO({ [GET]: () => ({ items: [stop, lifted] }) }))).toEqual([
    {
      verdict: 'warning',
      message: 'all agents stopped by oidc:ann: incident (accesssuspension stop)',
      fix: 'kubectl certify resume stop --reason=TEXT',
    },
  ])
})
it('is content when nothing is suspended', async () =>
  expect(await checkSuspensions(fakeIO({ [GET]: () => ({ items: [lifted] }) }))).toEqual([expect.objectContaining({ verdict: 'good' })]))
it('does not know when suspensions cannot be listed', async () =>
  expect(await checkSuspensions(fakeIO())).toEqual([expect.objectContaining({ verdict: 'unknown' })]))
