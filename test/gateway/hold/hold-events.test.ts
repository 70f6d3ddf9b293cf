import { expect, it } from 'vitest'
import { heldOf, holdFixture } from './hold-fixture.ts'

const review = (username: string, more: object = {}) =>
  ({ reviewer: { username }, decision: 'Approved', time: '2026-01-01T00:00:00Z', ...more }) as const

it('records who approved without approvals that lapsed, and each approver once', async () => {
  const reviews = [review('left', { lapsed: true }), review('again'), review('other'), review('again')]
  const { hold, events } = holdFixture({ filed: { reviews, requiredApprovals: 3 } })
  await expect(hold(heldOf({ timeoutMs: 30 }).held)).rejects.toThrow()
  expect(events.at(-1)).toMatchObject({ approvedBy: ['again', 'other'] })
})
