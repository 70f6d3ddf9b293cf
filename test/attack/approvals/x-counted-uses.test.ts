import { afterEach, describe, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { createClaim } from '../../../gateway/grants/claim.ts'
import type { KubeClient } from '../../../kube/client.ts'
import { liveGrant, grant, policy } from '../../domain/builders.ts'
import { createFixture } from '../../gateway/gateway-fixture.ts'
import { request, serve, throughGateway, fixture } from '../../webhook/admission-requests.ts'

/** X. Uses that nobody counts. */
const ends: (() => unknown)[] = []
afterEach(() => Promise.all(ends.splice(0).map((end) => end())))

const SHADOW = policy('agents', { mode: 'Shadow' })
const SCALE = 'UPDATE apps/v1 deployments/scale shop/web'

const conflict = (reason?: 'Exhausted') =>
  new StatusError('Conflict', 'no', { details: { causes: reason === undefined ? [] : [{ reason, message: 'no' }] } })
const claiming = (...answers: readonly StatusError[]): Promise<unknown> => {
  const left = [...answers]
  const json = (): Promise<unknown> => {
    const error = left.shift()
    return error === undefined ? Promise.resolve({}) : Promise.reject(error)
  }
  return createClaim({ json } as unknown as KubeClient)('g1', 'a').catch((error: unknown) => (error instanceof StatusError ? error.code : error))
}

describe('X. uses', () => {
  it('X372 a conflict between two gateways and an error do not pass for a grant that has ended', async () => {
    expect(await claiming(conflict(), conflict())).toBe(true)
    expect(await claiming(conflict(), conflict('Exhausted'))).toBe(false)
    expect(await claiming(new StatusError('Forbidden', 'User "system:serviceaccount:jit-system:jit-gateway" cannot create accessgrants/claim'))).toBe(
      503,
    )
  })

  it('X373 a grant whose policy only observes gives no more uses than were approved', async () => {
    const gateway = await createFixture()
    ends.push(() => gateway.stop())
    gateway.policies.splice(0, 1, SHADOW)
    gateway.grants.push(liveGrant({ maxUses: 1 }))
    const write = () =>
      gateway.send('PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale', ['Content-Type: application/merge-patch+json'], '{}')
    expect((await write()).status).toBe(200)
    expect(gateway.claims.map((claim) => claim.split(' ')[0])).toEqual(['g1'])
    expect(gateway.seen.at(-1)?.rawHeaders).toContain('jit.access:elevated:agents')
    gateway.grants.length = 0
    expect((await write()).status).toBe(200)
    expect(gateway.seen.at(-1)?.rawHeaders).not.toContain('jit.access:elevated:agents')

    const state = fixture([SHADOW], [grant({ maxUses: 1 })])
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
