import { afterEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { statusErrorOf, type KubeClient, type KubeCall } from '../../../kube/client.ts'
import { createTakenUses } from '../../../webhook/grants/taken-uses.ts'
import { grant, policy } from '../../domain/builders.ts'
import { away, request, serve, short, throughGateway, fixture, type Request, type Served } from '../admission-requests.ts'

const SCALE = 'UPDATE apps/v1 deployments/scale shop/web'
const AUDIT_ID = '11111111-1111-4111-8111-111111111111'
const taken = { uses: 1, recentClaims: [{ auditID: AUDIT_ID, time: '2026-11-24T12:00:00Z' }] }
const revoked = { ...taken, conditions: [{ type: 'Revoked', status: 'True' as const }] }
const missing = new StatusError('NotFound', 'there is none', { details: { name: 'g1', kind: 'accessgrants' } })
const unserved = statusErrorOf(404, '404 page not found')

let served: Served | undefined
afterEach(() => served?.close())

/** A fake API with one grant. It records every call. */
function api(answer: AccessGrant | Error): { readonly client: KubeClient; readonly calls: KubeCall[] } {
  const calls: KubeCall[] = []
  const json = (call: KubeCall): Promise<unknown> => {
    calls.push(call)
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
  return { client: { json } as unknown as KubeClient, calls }
}

/** The cached grant has no use taken yet. */
async function ask(answer: AccessGrant | Error, of: Request) {
  const { client, calls } = api(answer)
  served = await serve(fixture([policy('agents')], [grant({ maxUses: 1 })]), createTakenUses(client))
  return { response: await served.ask(of), methods: calls.map(({ method }) => method), failures: served.failures.length }
}

const direct = request(SCALE)
const through = request(SCALE, { userInfo: throughGateway({ 'jit.access/grant': ['g1'] }) })

describe('a webhook that does not authenticate its callers', () => {
  it.each([
    ['that bypasses the gateway', direct, grant({ maxUses: 1 }), '403 deny'],
    ['through the gateway, which took the use', through, grant({ maxUses: 1 }, taken), 'allow'],
    ['that claims to come through the gateway, which took no use', through, grant({ maxUses: 1 }), '403 deny'],
    ['with a use that was taken for another request', request(SCALE, { uid: 'other' }), grant({ maxUses: 1 }, taken), '403 deny'],
    ['with a grant that has been revoked', through, grant({ maxUses: 1 }, revoked), '403 ask'],
    ['with a grant that was deleted', through, missing, '403 ask'],
    ['while jit-apiserver is unavailable', through, away, '503 error'],
    ['while kube-apiserver does not serve jit.access', through, unserved, '503 error'],
  ])('takes no use for a request %s', async (_, of, answer, expected) => {
    const { response, methods, failures } = await ask(answer, of)
    expect(short(response)).toBe(expected)
    // Only an error is logged as one.
    expect(failures).toBe(expected === '503 error' ? 1 : 0)
    expect(methods.filter((method) => method !== 'GET')).toEqual([])
    expect(methods).not.toEqual([])
  })

  it('explains how to proceed', async () => {
    const { response } = await ask(grant({ maxUses: 1 }), direct)
    expect(response.status?.message).toContain('send the request through the gateway')
    expect(response.status?.message).toContain('clientCAFile')
  })
})
