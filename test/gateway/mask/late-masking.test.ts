import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWatch } from '../open-watch.ts'
import { createFixture, type Fixture } from '../gateway-fixture.ts'

let world: Fixture
beforeAll(async () => {
  world = await createFixture()
})
afterAll(() => world.stop())

it.each([
  ['another field', { fields: [{ resources: ['pods'], paths: ['.spec.token'] }] }],
  ['tokens no longer', { tokenPatterns: false }],
  ['new text', { hides: ['later'] }],
])('a watch ends when its policy hides %s, and continues while it hides the same', async (_, masking) => {
  const [old] = world.policies
  if (old === undefined) throw new Error('no policy')
  const change = (to: object): void => {
    const object = { ...old, spec: { ...old.spec, masking: to } }
    world.policies.splice(0, 1, object)
    world.tellPolicy({ type: 'MODIFIED', old, object })
  }
  const watch = await openWatch(world)
  await watch.shows('first')
  change({ fields: [{ resources: ['secrets'], paths: ['.data'] }] }) // fields of another kind
  change({ tokenPatterns: true })
  await watch.shows('second')
  change(masking)
  const answer = await watch.ended
  world.policies.splice(0, 1, old)
  expect(answer).toMatch(/first[^]*second[^]*"type":"ERROR"[^]*revoked/)
})
