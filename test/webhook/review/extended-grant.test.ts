import { afterEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { grant, NONE_SUSPENDED, NOW, policy } from '../../domain/builders.ts'
import { request, serve, short, throughGateway, fixture, type Served, type Fixture } from '../admission-requests.ts'

const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString()
const over = grant({ expiresAt: at(-1) })
const extendedTo = (seconds: number): AccessGrant => ({
  ...over,
  status: { extensions: [{ requestName: 'more', time: at(-60), expiresAt: at(seconds) }] },
})
const viewOf = (...grants: readonly AccessGrant[]) => ({ policies: [policy('agents')], grants, suspensions: NONE_SUSPENDED })
const LINE = 'UPDATE apps/v1 deployments/scale shop/web'

let served: Served | undefined
afterEach(() => served?.close())
const ask = async (state: Fixture): Promise<string> => {
  served = await serve(state)
  return short(await served.ask(request(LINE, { userInfo: throughGateway({ 'jit.access/grant': ['g1'] }) })))
}

describe('the webhook', () => {
  it('allows what an extended grant covers after its first end, and nothing after its new one', async () => {
    expect(await ask(fixture([policy('agents')], [extendedTo(60)]))).toBe('allow')
    expect(await ask(fixture([policy('agents')], [extendedTo(-1)]))).toBe('403 ask')
  })
  it('reads the grant again when its copy is older than the extension', async () => {
    const state: Fixture = { ...fixture([policy('agents')]), cached: viewOf(over), fresh: viewOf(extendedTo(60)) }
    expect(await ask(state)).toBe('allow')
    expect(state.asked).toEqual(['g1'])
  })
  it('refuses under an extended grant that was revoked', async () => {
    const { status, ...rest } = extendedTo(60)
    expect(await ask(fixture([policy('agents')], [{ ...rest, status: { ...status, conditions: [{ type: 'Revoked', status: 'True' }] } }]))).toBe(
      '403 ask',
    )
  })
})
