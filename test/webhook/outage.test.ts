import { afterEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import { grant, policy, NONE_SUSPENDED } from '../domain/builders.ts'
import { away, request, serve, short, throughGateway, fixture, type Served } from './admission-requests.ts'

const SCALE = 'UPDATE apps/v1 deployments/scale shop/web'
const READS = policy('agents', { rules: [{ name: 'maps', match: { resources: ['configmaps'] }, effect: 'Allow' }] })

let served: Served | undefined
afterEach(() => served?.close())

async function ask(line: string, grants: readonly AccessGrant[] = []) {
  const state = fixture([READS], grants)
  state.cached = { policies: [READS], grants, suspensions: NONE_SUSPENDED, outdatedForMs: 35_000 }
  state.fresh = away
  state.claimError = away
  served = await serve(state)
  return await served.ask(request(line, line === SCALE ? { userInfo: throughGateway({ 'jit.access/grant': ['g1'] }) } : {}))
}

describe('while jit-apiserver is unavailable', () => {
  it('a policy in Shadow mode refuses nothing, also a request whose grant has counted uses', async () => {
    const state = fixture([policy('agents', { mode: 'Shadow' })], [grant({ maxUses: 2 })])
    state.claimError = state.fresh = away
    served = await serve(state)
    expect(short(await served.ask(request(SCALE)))).toBe('would-ask')
    expect(short(await served.ask(request(SCALE, { userInfo: throughGateway({ 'jit.access/grant': ['g1'] }) })))).toBe('would-ask')
  })
  it('requests that the last known policies allow pass with a warning', async () => {
    const response = await ask('CREATE v1 configmaps shop/x')
    expect(short(response)).toBe('allow')
    expect(response.warnings).toEqual([expect.stringMatching(/its API server is away.* 35 s ago/)])
  })
  it.each([
    ['a request with a known grant without counted uses passes', [grant()], 'allow'],
    ['a request with a grant with counted uses is an error', [grant({ maxUses: 2 })], '503 error'],
    ['a request without a grant is an error, not a denial', [], '503 error'],
  ])('%s', async (_, grants, expected) => expect(short(await ask(SCALE, grants))).toBe(expected))
})
