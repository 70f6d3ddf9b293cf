import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { createRequestJudge } from '../../../gateway/decide/request-judge.ts'
import type { LiveOn } from '../../../gateway/decide/stream-revocation.ts'
import { watchPermit } from '../../../gateway/decide/watch-permit.ts'
import type { AccessView } from '../../../gateway/grants/access-view.ts'
import type { ClassifiedRequest } from '../../../gateway/steps.ts'
import { asked, grant, NONE_SUSPENDED, NOW, policy } from '../../domain/builders.ts'
import { CALLER, maskingOf } from '../gateway-fixture.ts'

const NEVER = new AbortController().signal
const LINE = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale'
const request: ClassifiedRequest = {
  auditID: '11111111-1111-4111-8111-111111111111',
  arrivedMs: NOW,
  address: '',
  method: 'PATCH',
  path: '/apis/apps/v1/namespaces/shop/deployments/web/scale',
  search: '',
  query: new URLSearchParams(),
  headers: new Map(),
  upgrade: undefined,
  payload: Readable.from([]),
  gone: NEVER,
  caller: CALLER,
  classified: asked(LINE),
  offer: { accept: 'application/json' },
  body: Buffer.alloc(0),
  authenticateAgain: () => Promise.resolve(),
  releaseBody: () => {},
  inTurn: (call) => call(),
  slowly: (piece) => Promise.resolve(piece()),
  dryRun: false,
}
/** It names the agent as a receiver. */
const POLICY = policy('agents', { requests: { transfer: { to: [{ kind: 'User', name: CALLER.identity.username }] } } })
const decision = { effect: 'RequireGrant', policy: 'agents', rule: 'default', shadow: false, risk: 'Medium', receives: true } as const
const root: AccessGrant = { ...grant({ subject: { username: 'oidc:other' } }), metadata: { name: 'root', uid: 'u1' } }
const part = grant({
  subject: { username: CALLER.identity.username },
  transferredFrom: [{ grantName: 'root', grantUID: 'u1', username: 'oidc:other' }],
})

const viewOf = (grantNamed?: AccessView['grantNamed']): AccessView => ({
  outdatedForMs: () => 0,
  suspensions: () => NONE_SUSPENDED,
  policies: () => [POLICY],
  grantsOf: () => [part],
  freshGrants: () => Promise.resolve([part]),
  ...(grantNamed === undefined ? {} : { grantNamed }),
})
const depsOf = (view: AccessView) => ({ view, clock: { nowMs: () => NOW }, evaluate: () => true, masking: maskingOf([]) })
const verdictBy = (view: AccessView) => createRequestJudge(request, depsOf(view)).judge(decision, { grants: [part], planHashes: 'unplanned' })

describe('the gateway', () => {
  it('judges a transferred grant by the grant of another user that it is a part of', () => {
    const revoked: AccessGrant = { ...root, status: { conditions: [{ type: 'Revoked', status: 'True' }] } }
    expect(verdictBy(viewOf((name) => (name === 'root' ? root : undefined))).kind).toBe('allow')
    expect(verdictBy(viewOf(() => revoked)).kind).toBe('ask')
    expect(verdictBy(viewOf(() => undefined)).kind).toBe('ask')
    expect(verdictBy(viewOf()).kind).toBe('ask')
  })
  it('ends a response with either of them', () => {
    const verdict = verdictBy(viewOf(() => root))
    if (verdict.kind !== 'allow') throw new Error('not allowed')
    const watched: LiveOn[] = []
    const livePermits = { watch: (on: LiveOn) => (watched.push(on), { signal: NEVER, release: () => {} }), shutdown: () => {}, count: 0 }
    watchPermit(request, { permit: verdict.permit, policies: [POLICY], revealed: undefined }, { ...depsOf(viewOf()), livePermits })
    expect(watched.map(({ grants }) => grants)).toEqual([['g1', 'root']])
  })
  it('ends a response when the policy no longer names its agent as a receiver', () => {
    const verdict = verdictBy(viewOf(() => root))
    if (verdict.kind !== 'allow') throw new Error('not allowed')
    let policies = [POLICY]
    const allowed: boolean[] = []
    const view = { ...viewOf(), policies: () => policies }
    const watch = (on: LiveOn) => {
      allowed.push(on.allowed())
      policies = [policy('agents')]
      allowed.push(on.allowed())
      return { signal: NEVER, release: () => {} }
    }
    const livePermits = { watch, shutdown: () => {}, count: 0 }
    watchPermit(request, { permit: verdict.permit, policies, revealed: undefined }, { ...depsOf(view), livePermits })
    expect(allowed).toEqual([true, false])
  })
})
