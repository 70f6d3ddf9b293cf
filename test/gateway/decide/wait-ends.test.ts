import { afterEach, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import type { HoldOutcome } from '../../../gateway/ports.ts'
import { until } from '../../attack/oracles/raw-client.ts'
import { NONE_SUSPENDED, policy } from '../../domain/builders.ts'
import { holdThat } from '../../fakes/hold.ts'
import { createFixture, type Answered, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture | undefined
afterEach(() => fixture?.stop())

const LINE = 'DELETE /api/v1/namespaces/shop/configmaps'

/** A gateway that holds an operation until the test says how the wait ends. `view`: how it sees jit-apiserver. */
async function holding(): Promise<{
  readonly view: { policies: 'known' | 'out of date'; ageMs: number }
  readonly end: (outcome: HoldOutcome) => void
  readonly answer: Promise<Answered>
  readonly made: Fixture
}> {
  const view = { policies: 'known', ageMs: 0 } as { policies: 'known' | 'out of date'; ageMs: number }
  const waits: { end?: (outcome: HoldOutcome) => void } = {}
  const left: HoldOutcome = { phase: 'Left', name: 'hold-a', request: undefined }
  const made = await createFixture(({ grants }) => ({
    view: {
      outdatedForMs: () => view.ageMs,
      policies: () => {
        if (view.policies === 'known') return [policy('agents')]
        throw new StatusError('ServiceUnavailable', 'the view of policies is out of date')
      },
      suspensions: () => NONE_SUSPENDED,
      grantsOf: () => grants,
      freshGrants: () => Promise.resolve(grants),
    },
    hold: holdThat(
      ({ asked }) =>
        new Promise((resolve) => {
          waits.end = resolve
          asked.gone.addEventListener('abort', () => resolve(left))
        }),
    ),
  }))
  fixture = made
  const answer = made.send(LINE)
  await until('it waits', () => waits.end !== undefined)
  return { view, end: (outcome) => waits.end?.(outcome), answer, made }
}

it('a denial stays a denial when the view is out of date at that moment', async () => {
  const { view, end, answer } = await holding()
  view.policies = 'out of date'
  end({ phase: 'Denied', name: 'hold-a', request: undefined })
  const { status, body } = await answer
  expect([status, body]).toEqual([403, expect.stringContaining('denied by an approver')])
})

it('a view that becomes too old ends the wait as an error: the client has not left', async () => {
  const { view, answer } = await holding()
  view.ageMs = Infinity
  const { status, body } = await answer
  expect([status, body]).toEqual([503, expect.stringContaining('has ended the wait for an approval')])
  expect(body).not.toContain('the client has left')
})

it('a shutdown ends the wait with what to do next', async () => {
  const { answer, made } = await holding()
  made.deps.livePermits.shutdown()
  const { status, body } = await answer
  expect([status, body]).toEqual([503, expect.stringContaining('the gateway is shutting down: repeat the command')])
})
