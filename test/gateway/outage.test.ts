import { afterEach, expect, it } from 'vitest'
import { StatusError } from '../../domain/status-error.ts'
import { grant } from '../domain/builders.ts'
import { createFixture, type Fixture } from './gateway-fixture.ts'

let fixture: Fixture | undefined
afterEach(() => fixture?.stop())

const unavailable = (): Promise<never> => Promise.reject(new StatusError('ServiceUnavailable', 'jit-apiserver is away'))
const PODS = 'GET /api/v1/namespaces/shop/pods'
const SCALE = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale'
const scale = (of: Fixture) => of.send(SCALE, ['Content-Type: application/merge-patch+json'], '{"spec":{"replicas":2}}')
const DAY_MS = 24 * 3600_000

/** Creates a gateway with policies and grants that are 35 s old because jit-apiserver is unavailable. */
const outage = (grants: Fixture['grants'] = []): Promise<Fixture> =>
  createFixture(({ grants: known }) => {
    known.push(...grants)
    return { claim: unavailable }
  }).then((made) => {
    made.deps.view.outdatedForMs = () => 35_000
    made.deps.view.freshGrants = unavailable
    return made
  })
const live = (spec: object) => grant({ expiresAt: new Date(Date.now() + DAY_MS).toISOString(), ...spec })

it('serves reads that a policy allows, with a warning about the age of the policies', async () => {
  fixture = await outage()
  const answer = await fixture.send(PODS)
  expect(answer.status).toBe(200)
  expect(answer.head).toMatch(/warning: 299 - "jit-access: its API server is away, .* 35 s ago"/i)
})
it('sends no warning while policies and grants are current', async () => {
  fixture = await createFixture()
  expect((await fixture.send(PODS)).head).not.toMatch(/^warning:/im)
})
it('accepts a known grant without a use limit', async () => {
  fixture = await outage([live({})])
  expect((await scale(fixture)).status).toBe(200)
  expect(fixture.seen).toHaveLength(1)
})
it.each([
  ['a grant with a use limit', [live({ maxUses: 3 })]],
  ['no grant', []],
])('a write with %s is an error, not a denial', async (_, grants) => {
  fixture = await outage(grants)
  const answer = await scale(fixture)
  expect(answer.status).toBe(503)
  expect(fixture.seen).toEqual([])
})
it('does not accept an expired grant', async () => {
  fixture = await outage([live({ expiresAt: new Date(Date.now() - 1000).toISOString() })])
  expect((await scale(fixture)).status).toBe(503)
})
