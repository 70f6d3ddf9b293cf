import { afterEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { PolicyRule } from '../../../domain/api/access-policy.ts'
import { grant, policy } from '../../domain/builders.ts'
import { request, serve, short, throughGateway, fixture, type Request, type Served, type Fixture } from '../admission-requests.ts'

const rules = [{ verbs: ['create', 'patch', 'update'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }]
const operation = { method: 'PATCH', path: '/x', digest: 'a'.repeat(64) }
const bound = (gains: string[]): AccessGrant => grant({ operation, rules: [{ ...rules[0], gains } as never] })
const deployment = (pod: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { template: { spec: { containers: [{ name: 'a', image: 'a' }], ...pod } } },
})
const secret = (secretName: string): object => deployment({ volumes: [{ name: 's', secret: { secretName } }] })
const plain = deployment({})
const update = (object: object, oldObject: object, more: Request = {}): Request =>
  request('UPDATE apps/v1 deployments shop/web', { object, oldObject, ...more })
const viaGateway = { userInfo: throughGateway({ 'jit.access/grant': ['g1'] }) }

let served: Served | undefined
afterEach(() => served?.close())
async function ask(state: Fixture, of: Request): Promise<string> {
  served = await serve(state)
  return short(await served.ask(of))
}
const by = (...of: PolicyRule[]) => policy('agents', { rules: of })

describe('a write with gains', () => {
  it('is not covered by an ordinary grant, with or without the gateway', async () => {
    const state = fixture([policy('agents')], [grant({ rules })])
    for (const more of [{}, viaGateway]) {
      expect(await ask(state, update(plain, plain, more))).toBe('allow')
      expect(await ask(state, update(secret('db'), plain, more))).toBe('403 ask')
      expect(await ask(state, request('CREATE apps/v1 deployments shop/web', { object: secret('db'), ...more }))).toBe('403 ask')
    }
  })
  it('is only covered by an approval of this exact operation that names the gain', async () => {
    const state = fixture([policy('agents')], [bound(['Secret=db'])])
    expect(await ask(state, update(secret('db'), plain, viaGateway))).toBe('allow')
    expect(await ask(state, update(secret('other'), plain, viaGateway))).toBe('403 ask')
    expect(await ask(state, update(deployment({ hostPID: true }), plain, viaGateway))).toBe('403 ask')
    // The live object lost its Secret after the gateway read it, so the write now gives both.
    expect(await ask(fixture([policy('agents')], [bound([])]), update(secret('db'), plain, viaGateway))).toBe('403 ask')
  })
  it('is judged by the object at the moment of the write', async () => {
    const state = fixture([policy('agents')], [grant({ rules })])
    expect(await ask(state, update(secret('db'), secret('db'), viaGateway))).toBe('allow')
    expect(await ask(state, update(secret('db'), plain, viaGateway))).toBe('403 ask')
  })
  it('names the gains in the refusal', async () => {
    served = await serve(fixture([policy('agents')], [grant({ rules })]))
    const { status } = await served.ask(update(deployment({ hostPID: true, serviceAccountName: 'admin' }), plain))
    expect(status?.details?.causes?.filter(({ reason }) => reason === 'PowerGained').map(({ message }) => message)).toEqual([
      'HostNamespace=pid',
      'ServiceAccount=admin',
    ])
    expect(status?.message).toContain('which gives the workload HostNamespace=pid, ServiceAccount=admin')
  })
  it('can be allowed with a grant, or denied, by a rule that names the gain', async () => {
    const withGrant = by({ name: 'secrets', match: { gains: ['Secret'] }, effect: 'RequireGrant' })
    const named = grant({ rules: [{ ...rules[0], gains: ['Secret=db'] } as never] })
    expect(await ask(fixture([withGrant], [named]), update(secret('db'), plain))).toBe('allow')
    expect(await ask(fixture([withGrant], [grant({ rules })]), update(secret('db'), plain))).toBe('403 ask')
    const denied = by({ name: 'no-host', match: { gains: ['HostNamespace', 'HostPath'] }, effect: 'Deny' })
    expect(await ask(fixture([denied], [bound(['HostNamespace=pid'])]), update(deployment({ hostPID: true }), plain, viaGateway))).toBe('403 deny')
    expect(await ask(fixture([denied], [bound(['Secret=db'])]), update(secret('db'), plain, viaGateway))).toBe('allow')
  })
  it('is refused if the review does not contain the object', async () =>
    expect(await ask(fixture([policy('agents')], [grant({ rules })]), update(null as never, plain))).toBe('403 ask'))
  it('passes as a preview of the gateway and is refused as a write', async () => {
    const userInfo = throughGateway({ 'jit.access/hold': ['preview'] })
    const state = fixture([policy('agents')])
    expect(await ask(state, update(secret('db'), plain, { userInfo, dryRun: true }))).toBe('preview')
    expect(await ask(state, update(secret('db'), plain, { userInfo }))).toBe('403 ask')
  })
})
