import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWatch } from '../open-watch.ts'
import { createFixture, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture()
})
afterAll(() => fixture.stop())

it.each([
  ['another field', { fields: [{ resources: ['pods'], paths: ['.spec.token'] }] }],
  ['tokens no longer', { tokenPatterns: false }],
  ['new text', { hides: ['later'] }],
])('a watch ends when its policy hides %s, and continues while it hides the same', async (_, masking) => {
  const [old] = fixture.policies
  if (old === undefined) throw new Error('no policy')
  const change = (to: object): void => {
    const object = { ...old, spec: { ...old.spec, masking: to } }
    fixture.policies.splice(0, 1, object)
    fixture.tellPolicy({ type: 'MODIFIED', old, object })
  }
  const watch = await openWatch(fixture)
  await watch.shows('first')
  change({ fields: [{ resources: ['secrets'], paths: ['.data'] }] }) // fields of another kind
  change({ tokenPatterns: true })
  await watch.shows('second')
  change(masking)
  const answer = await watch.ended
  fixture.policies.splice(0, 1, old)
  expect(answer).toMatch(/first[^]*second[^]*"type":"ERROR"[^]*revoked/)
})
