import { expect, it } from 'vitest'
import { Permit } from '../../../domain/permit.ts'
import { askedError } from '../../../gateway/hold/ask-errors.ts'
import { allowed, heldOf, holdFixture } from './hold-fixture.ts'

const APPROVED = {
  conditions: [{ type: 'Approved', status: 'True', reason: 'AutoApproved', message: 'rule "logs" of policy "agents" applies' }],
  decidedBy: { rule: 'logs', policy: 'agents' },
  grantName: 'g',
  requiredApprovals: 1,
} as const

it('an operation that a rule approves when it is filed goes through at once, judged as after any approval', async () => {
  const { hold, events, sent, stored } = holdFixture({ filed: APPROVED })
  const { held } = heldOf()
  const judged: string[] = []
  const permit = await hold(held, () => {
    judged.push(held.digest)
    return Promise.resolve(allowed(held))
  })
  expect(Permit.isSealed(permit)).toBe(true)
  expect(judged).toEqual([held.digest])
  expect([...stored.values()].map(({ spec }) => spec.operation?.digest)).toEqual([held.digest])
  expect(sent.filter(({ target }) => target.startsWith('/apis/jit.access/'))).toHaveLength(1)
  expect(events).toMatchObject([
    { event: 'hold.filed' },
    { event: 'hold.decided', decision: 'Approved', grant: 'g', message: 'rule "logs" of policy "agents" applies' },
  ])
  expect(events[1]).toMatchObject({ approvedBy: undefined })
})

it('it does not go through when no grant covers exactly this operation', async () => {
  const { hold } = holdFixture({ filed: APPROVED })
  const { held } = heldOf()
  const verdict = { kind: 'ask', for: 'approval', decision: held.decision } as const
  await expect(hold(held, () => Promise.resolve({ verdict, wasApproved: () => false }))).rejects.toMatchObject({ code: 403 })
})

it('an operation that is only asked for is not run, and the answer says that it is approved', async () => {
  const { ask } = holdFixture({ filed: APPROVED })
  const { held } = heldOf()
  const filed = await ask(held)
  const error = askedError(held, filed)
  expect(error).toMatchObject({ code: 403, details: { causes: [{ reason: 'NothingRun', message: 'g' }] } })
  expect(error.message).toContain('it was only asked for, and nothing was done')
  expect(error.message).toContain(
    `accessrequest ${filed.request.metadata.name} was filed and is approved: run the command itself, it goes through once`,
  )
  // The plugin waits for requests whose answer says this.
  expect(error.message).not.toContain('and waits')
})
