import { expect, it } from 'vitest'
import { heldOf, holdFixture } from './hold-fixture.ts'

const message = 'accessrequests.jit.access "hold-1" cannot be created now: policy "agents" is frozen by its window "year-end"'
const details = { causes: [{ reason: 'Frozen', message: 'year-end', field: 'spec.approvals.windows' }], retryAfterSeconds: 3600 }
const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403, message, details }

it('an operation whose request is refused is refused in the words of the server, and not as an error', async () => {
  const { hold, events } = holdFixture({ refusal: { status: 403, body } })
  await expect(hold(heldOf().held)).rejects.toMatchObject({ code: 403, reason: 'Forbidden', message, details })
  expect(events).toEqual([])
})
