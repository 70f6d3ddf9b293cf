import { expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { Held } from '../../../gateway/ports.ts'
import { heldOf, holdFixture } from './hold-fixture.ts'

const askedOf = (held: Held, words: Held['asked']['askFirst'] = {}): Held => ({ ...held, timeoutMs: 0, asked: { ...held.asked, askFirst: words } })

it('an operation that is only asked for is filed with its plan and words, and nothing waits', async () => {
  const fixture = holdFixture()
  const said = { reason: 'not used', ticket: 'T-1', durationSeconds: 60, agent: { name: 'bot' } }
  const { request, made } = await fixture.ask(askedOf(heldOf().held, said))
  expect(made).toBe(true)
  expect(request.spec).toMatchObject({ ...said, policy: 'coding-agents', operation: { method: 'DELETE', digest: 'd'.repeat(64) } })
  expect(request.spec.operation?.planHash).toMatch(/^[0-9a-f]{64}$/)
  expect(fixture.events).toMatchObject([{ event: 'hold.filed', request: request.metadata.name, timeoutSeconds: 0 }])
  expect(fixture.watches.size).toBe(0)
})

it('that is asked for again, or held afterwards, has one request', async () => {
  const fixture = holdFixture()
  const { held } = heldOf()
  const [first] = [await fixture.ask(askedOf(held))]
  expect(await fixture.ask(askedOf(held, { reason: 'other words' }))).toMatchObject({ made: false, request: { metadata: first.request.metadata } })
  const waiting = fixture.hold(held)
  await fixture.isWaiting()
  expect([...fixture.stored.keys()]).toEqual([first.request.metadata.name])
  fixture.decide('Approved', 'fine')
  await waiting
})

it('that was denied is asked for again under another name', async () => {
  const fixture = holdFixture()
  const { held } = heldOf()
  const first = await fixture.ask(askedOf(held))
  fixture.decide('Denied', 'no')
  const second = await fixture.ask(askedOf(held))
  expect([second.made, second.request.metadata.name === first.request.metadata.name]).toEqual([true, false])
})

it('that the server would refuse is not filed', async () => {
  const fixture = holdFixture({ dryRun: { status: 404, body: { kind: 'Status', message: 'no such object', reason: 'NotFound', code: 404 } } })
  await expect(fixture.ask(askedOf(heldOf().held))).rejects.toMatchObject({ code: 404 })
  expect(fixture.stored.size).toBe(0)
})

it('a refusal after a wait says how to wait without a client', async () => {
  const fixture = holdFixture()
  const error: unknown = await fixture.hold({ ...heldOf().held, timeoutMs: 1 }).catch((thrown: unknown) => thrown)
  const [name = ''] = [...fixture.stored.keys()]
  expect(String(error)).toContain(`kubectl wait --for=condition=Approved accessrequest/${name} --timeout=3600s`)
  const stored: AccessRequest | undefined = fixture.stored.get(name)
  expect(stored?.status?.conditions ?? []).toEqual([])
})
