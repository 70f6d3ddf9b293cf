import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { createWrittenSecrets } from '../../../gateway/mask/values/written-secrets.ts'
import { makePlan } from '../../../gateway/plan/make-plan.ts'
import type { UpstreamClient } from '../../../gateway/ports.ts'
import { decideRequest } from '../../../gateway/decide/decide-about.ts'
import { permit, type PermitDependencies } from '../../../gateway/decide/permit.ts'
import { weighPower } from '../../../gateway/decide/weigh-power.ts'
import type { ClassifiedRequest } from '../../../gateway/steps.ts'
import { asked, grant, NOW, policy, NONE_SUSPENDED } from '../../domain/builders.ts'
import { apiServers } from '../../fakes/api-servers.ts'
import { APPROVED, holdThat } from '../../fakes/hold.ts'
import { rendererHere } from '../../fakes/plan-renderer.ts'
import { CALLER, maskingOf } from '../gateway-fixture.ts'

const NEVER = new AbortController().signal
const OBJECT = Buffer.from(JSON.stringify({ metadata: { name: 'a', namespace: 'shop', uid: 'u', resourceVersion: '1' } }))
const NO_UPSTREAM: UpstreamClient = {
  host: 'upstream',
  credential: () => Promise.resolve([]),
  connect: () => Promise.reject(new Error('no streams here')),
  request: () => Promise.reject(new Error('no requests here')),
}
const held: ClassifiedRequest = {
  auditID: '11111111-1111-4111-8111-111111111111',
  arrivedMs: NOW,
  address: '',
  method: 'GET',
  path: '/api/v1/namespaces/shop/configmaps/a',
  search: '',
  query: new URLSearchParams(),
  headers: new Map(),
  upgrade: undefined,
  payload: Readable.from([]),
  gone: NEVER,
  caller: CALLER,
  classified: asked('GET /api/v1/namespaces/shop/configmaps/a'),
  offer: { accept: 'application/json' },
  body: Buffer.alloc(0),
  authenticateAgain: () => Promise.resolve(),
  releaseBody: () => {},
  inTurn: (call) => call(),
  slowly: (piece) => Promise.resolve(piece()),
  dryRun: false,
}
const withEffect = (effect: 'Deny' | 'RequireApproval'): AccessPolicy => policy('agents', { rules: [{ name: 'all', effect }] })

/** Requests an approval, which arrives after the policies have changed to the given ones. Returns the names of the policies of the permit. */
async function approvedUnder(policies: readonly AccessPolicy[]): Promise<readonly string[]> {
  let current: readonly AccessPolicy[] = [withEffect('RequireApproval')]
  const hold = holdThat(async (waiting) => {
    const { digest } = waiting
    const rules = [{ verbs: ['get'], resources: ['configmaps'], namespaces: ['shop'] }]
    const { hashes } = await makePlan(waiting, deps, 'show')
    approved.push(grant({ rules, operation: { method: 'GET', path: '/', digest, planHash: hashes[0] } }))
    current = policies
    return APPROVED
  })
  const approved: ReturnType<typeof grant>[] = []
  const deps: PermitDependencies = {
    hold,
    clock: { nowMs: () => NOW },
    evaluate: () => true,
    masking: maskingOf([]),
    written: createWrittenSecrets(),
    renderer: rendererHere(),
    servers: apiServers(),
    upstream: { ...NO_UPSTREAM, request: () => Promise.resolve({ status: 200, headers: {}, body: Readable.from([OBJECT]) }) },
    liveSecrets: { find: () => Promise.resolve(undefined), releases: () => Promise.resolve([]) },
    livePermits: { watch: () => ({ signal: NEVER, release: () => {} }), shutdown: () => {}, count: 0 },
    view: {
      outdatedForMs: () => 0,
      suspensions: () => NONE_SUSPENDED,
      policies: () => current,
      grantsOf: () => approved,
      freshGrants: () => Promise.resolve(approved),
    },
  }
  const weighed = await weighPower(decideRequest(held, deps), deps)
  return (await permit(weighed, deps)).policies.map(({ metadata }) => metadata.name)
}

describe('an operation that was approved', () => {
  it('continues when the policies are unchanged', async () => expect(await approvedUnder([withEffect('RequireApproval')])).toEqual(['agents']))
  it('continues under the policies that govern the agent now', async () =>
    expect(await approvedUnder([withEffect('RequireApproval'), policy('more')])).toEqual(['agents', 'more']))
  it('is refused when the policy denies it now', async () =>
    await expect(approvedUnder([withEffect('Deny')])).rejects.toThrow('the grant does not cover it now'))
  it('is refused when no policy governs the agent any more', async () => await expect(approvedUnder([])).rejects.toThrow('no AccessPolicy governs'))
})
