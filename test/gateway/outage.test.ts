import { afterEach, expect, it } from 'vitest'
import { StatusError } from '../../domain/status-error.ts'
import { grant } from '../domain/builders.ts'
import { createFixture, type Fixture } from './gateway-fixture.ts'

let world: Fixture | undefined
afterEach(() => world?.stop())

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
  world = await outage()
  const answer = await world.send(PODS)
  expect(answer.status).toBe(200)
  expect(answer.head).toMatch(/warning: 299 - "jit-access: its API server is away, .* 35 s ago"/i)
})
it('sends no warning while policies and grants are current', async () => {
  world = await createFixture()
  expect((await world.send(PODS)).head).not.toMatch(/^warning:/im)
})
it('accepts a known grant without a use limit', async () => {
  world = await outage([live({})])
  expect((await scale(world)).status).toBe(200)
  expect(world.seen).toHaveLength(1)
})
it.each([
  ['a grant with a use limit', [live({ maxUses: 3 })]],
  ['no grant', []],
])('a write with %s is an error, not a denial', async (_, grants) => {
  world = await outage(grants)
  const answer = await scale(world)
  expect(answer.status).toBe(503)
  expect(world.seen).toEqual([])
})
it('does not accept an expired grant', async () => {
  world = await outage([live({ expiresAt: new Date(Date.now() - 1000).toISOString() })])
  expect((await scale(world)).status).toBe(503)
})
