import { afterEach, describe, expect, it } from 'vitest'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import { createTakenUses } from '../../../webhook/grants/taken-uses.ts'
import { grant, policy } from '../../domain/builders.ts'
import { CALLER, createFixture, type Fixture } from '../../gateway/gateway-fixture.ts'
import { request, serve, throughGateway, fixture as reviewFixture, type Served } from '../../webhook/admission-requests.ts'

/** X. Costs for others: records that one agent fills, and uses taken by unknown callers. */
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const LONG = `/${Array.from({ length: 160 }, () => 'x'.repeat(49)).join('/')}`
const get = (token: string): string => `GET ${LONG} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`

async function gateway(): Promise<Fixture> {
  const made = await createFixture(
    () => ({
      authenticator: (token) => Promise.resolve({ ...CALLER, identity: { ...CALLER.identity, username: `oidc:${token}` } }),
    }),
    { refusedRecordBytesPerSecond: 8192 },
  )
  ends.push(() => made.stop())
  return made
}

describe('X. costs for others', () => {
  it('X187 a request that names more than a record can hold is refused, and its refusal is recorded', async () => {
    const fixture = await gateway()
    for (const part of [`namespaces/${'n'.repeat(2000)}/pods`, `namespaces/shop/pods/${'p'.repeat(2000)}`, 'r'.repeat(2000)]) {
      const { status, head } = await fixture.raw(get('mallory').replace(LONG, `/api/v1/${part}`))
      expect(status).toBe(400)
      expect(head).not.toContain('Retry-After')
    }
    expect(fixture.events.map(({ event }) => event)).toEqual(['request.refused', 'request.refused', 'request.refused'])
  })
  it('X86 refused requests with long paths do not fill the records or displace those of others', async () => {
    const fixture = await gateway()
    const codes = new Set<number>()
    for (let sent = 0; sent < 30; sent++) codes.add((await fixture.raw(get('mallory'))).status)
    expect(codes).toEqual(new Set([403, 429]))
    const bytes = fixture.events.reduce((sum, event) => sum + JSON.stringify(event).length, 0)
    expect(bytes).toBeLessThan(200_000)
    const before = fixture.events.length
    expect((await fixture.raw(get('alice'))).status).toBe(403)
    expect(fixture.events.slice(before)).toMatchObject([{ event: 'request.refused', user: 'oidc:alice' }])
  })

  it('X87 a forged review takes no use of a grant if the webhook does not verify its callers', async () => {
    const calls: KubeCall[] = []
    const counted = grant({ maxUses: 1 })
    const client = { json: (call: KubeCall) => (calls.push(call), Promise.resolve(counted)) } as unknown as KubeClient
    const served: Served = await serve(reviewFixture([policy('agents')], [counted]), createTakenUses(client))
    ends.push(() => served.close())
    const SCALE = 'UPDATE apps/v1 deployments/scale shop/web'
    for (const userInfo of [undefined, throughGateway({ 'jit.access/grant': ['g1'] })]) {
      const forged = await served.ask(request(SCALE, { uid: 'forged', ...(userInfo === undefined ? {} : { userInfo }) }))
      expect(forged.allowed).toBe(false)
    }
    expect(calls.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })
})
