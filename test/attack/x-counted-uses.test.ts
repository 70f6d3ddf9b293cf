import { afterEach, describe, expect, it } from 'vitest'
import { liveGrant, grant, policy } from '../domain/builders.ts'
import { createWorld } from '../gateway/world.ts'
import { request, serve, throughGateway, world } from '../webhook/words.ts'

/** X. Uses that nobody counts. */
const ends: (() => unknown)[] = []
afterEach(() => Promise.all(ends.splice(0).map((end) => end())))

const SHADOW = policy('agents', { mode: 'Shadow' })
const SCALE = 'UPDATE apps/v1 deployments/scale shop/web'

describe('X. uses', () => {
  it('X373 a grant whose policy only observes gives no more uses than were approved', async () => {
    const gateway = await createWorld()
    ends.push(() => gateway.stop())
    gateway.policies.splice(0, 1, SHADOW)
    gateway.grants.push(liveGrant({ maxUses: 1 }))
    const write = () => gateway.send('PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale', ['Content-Type: application/merge-patch+json'], '{}')
    expect((await write()).status).toBe(200)
    expect(gateway.claims.map((claim) => claim.split(' ')[0])).toEqual(['g1'])
    expect(gateway.seen.at(-1)?.rawHeaders).toContain('jit.access:elevated:agents')
    gateway.grants.length = 0
    expect((await write()).status).toBe(200)
    expect(gateway.seen.at(-1)?.rawHeaders).not.toContain('jit.access:elevated:agents')

    const state = world([SHADOW], [grant({ maxUses: 1 })])
    state.uses.set('g1', 1)
    const webhook = await serve(state)
    ends.push(() => webhook.close())
    for (const grantName of ['g1', undefined]) {
      const { allowed, auditAnnotations } = await webhook.ask(request(SCALE))
      expect([allowed, auditAnnotations['grant']]).toEqual([true, grantName])
    }
    expect(state.claimed).toHaveLength(1)
    expect((await webhook.ask(request(SCALE, { userInfo: throughGateway() }))).auditAnnotations['decision']).toBe('would-ask')
  })
})
