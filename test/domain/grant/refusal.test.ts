import { expect, it } from 'vitest'
import { ungoverned } from '../../../domain/grant/refusal.ts'
import { asked } from '../builders.ts'

const user = (...groups: readonly string[]) => ({ username: 'oidc:new-bot', uid: '', groups, extra: {} })
const GET = asked('GET /api/v1/namespaces/shop/pods')

it.each([
  [['oidc:new-agents', 'oidc:all'], 'no AccessPolicy governs "oidc:new-bot" with the groups oidc:new-agents, oidc:all: an admin'],
  [[], 'no AccessPolicy governs "oidc:new-bot", which has no groups: an admin'],
])('the refusal of an identity that no policy governs names its groups %j, with their prefixes', (groups, said) => {
  expect(ungoverned(user(...groups), GET).message).toContain(said)
})
it('cuts long lists of groups', () => {
  expect(ungoverned(user(...Array.from({ length: 100 }, (_, index) => `oidc:group-${index}`)), GET).message.length).toBeLessThan(500)
})
