import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { liveGrant } from '../../domain/builders.ts'
import { CANARY, createFixture, type Fixture } from '../gateway-fixture.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const SECRET = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'db', namespace: 'shop', uid: 'u1' }, data: { password: base64(CANARY) } }

let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture()
  fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(SECRET))
})
afterAll(() => fixture.stop())
beforeEach(() => void (fixture.grants.length = 0))

it.each([
  ['is used up', { maxUses: 1 }, { uses: 1 }],
  ['has expired', { expiresAt: new Date(Date.now() - 1000).toISOString() }, {}],
  ['was revoked', {}, { conditions: [{ type: 'Revoked', status: 'True' }] as const }],
])('J35 a Secret is masked again when the reveal %s, and a warning gives the command to request it', async (how, spec, status) => {
  const reveal = [{ namespace: 'shop', secret: 'db', keys: ['password'] }]
  fixture.grants.push({ ...liveGrant({ rules: [], reveal, ...spec }), status })
  const read = await fixture.send('GET /api/v1/namespaces/shop/secrets/db')
  expect(read.raw).not.toContain(base64(CANARY))
  expect(read.head).toMatch(
    new RegExp(`warning: 299 - "jit-access: grant \\S+, which showed password of this Secret, ${how}.*--reveal=shop/db:password`, 'i'),
  )
  const other = await fixture.send('GET /api/v1/namespaces/shop/secrets/other')
  expect(other.head).not.toMatch(/warning/i)
})

it('J36 an agent gets no warning about the reveal of another user', async () => {
  const spent = liveGrant({
    rules: [],
    reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }],
    subject: { username: 'oidc:other' },
    maxUses: 1,
  })
  fixture.grants.push({ ...spent, status: { uses: 1 } })
  expect((await fixture.send('GET /api/v1/namespaces/shop/secrets/db')).head).not.toMatch(/warning/i)
})

it('a reveal that has not started shows nothing, and a write that a later grant covers is refused with its start', async () => {
  const notBefore = new Date(Date.now() + 60_000).toISOString()
  fixture.grants.push(liveGrant({ notBefore, reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] }))
  expect((await fixture.send('GET /api/v1/namespaces/shop/secrets/db')).raw).not.toContain(base64(CANARY))
  const scale = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale'
  const refused = await fixture.send(scale, ['Content-Type: application/merge-patch+json'], '{"spec":{"replicas":3}}')
  expect([refused.status, refused.body]).toEqual([403, expect.stringContaining(`starts at ${notBefore}`)])
  expect(fixture.claims).toEqual([])
})
