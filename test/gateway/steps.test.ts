import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { digestOf } from '../../gateway/classify/operation-digest.ts'
import { isDryRun } from '../../gateway/classify/dry-run.ts'
import { readIssuers } from '../../gateway/authenticate/issuer-config.ts'
import { negotiateAccept } from '../../gateway/classify/accept.ts'
import { identityHeaders } from '../../gateway/forward/identity-headers.ts'
import { createLimits } from '../../gateway/wire-limits.ts'
import { createLivePermits } from '../../gateway/decide/stream-revocation.ts'
import type { Change, Informer } from '../../kube/informer.ts'
import { asked, grant, policy, SILENT } from '../domain/builders.ts'
import { CALLER } from './gateway-fixture.ts'

describe('a request counts as a dry run only if upstream treats it as one', () => {
  it.each([
    ['PATCH /api/v1/namespaces/shop/configmaps/a?dryRun=All', '{}', true],
    ['PATCH /api/v1/namespaces/shop/configmaps/a?dryRun=all', '{}', false],
    ['PATCH /api/v1/namespaces/shop/configmaps/a', '{"dryRun":["All"]}', false],
    ['DELETE /api/v1/namespaces/shop/configmaps/a?dryRun=All', '', true],
    ['DELETE /api/v1/namespaces/shop/configmaps/a?dryRun=All', '{"kind":"DeleteOptions"}', false],
    ['DELETE /api/v1/namespaces/shop/configmaps/a', '{"dryRun":["All"]}', true],
    ['DELETE /api/v1/namespaces/shop/configmaps/a?dryRun=All', 'k8s\0', false],
    ['POST /api/v1/namespaces/shop/pods/a/eviction?dryRun=All', '{}', false],
    ['POST /api/v1/namespaces/shop/pods/a/exec?dryRun=All', '', false],
    ['GET /api/v1/namespaces/shop/pods?dryRun=All', '', false],
  ])('%s with %j: %s', (line, body, is) => {
    expect(isDryRun(asked(line), new URLSearchParams(line.split('?')[1]), Buffer.from(body))).toBe(is)
  })
})

const digest = (line: string, body = '', type = 'application/json'): string => {
  const [method = '', target = ''] = line.split(' ')
  const [path = '', search = ''] = target.split('?')
  const query = new URLSearchParams(search)
  return digestOf({ method, path, query, headers: new Map([['content-type', type]]), body: Buffer.from(body), classified: asked(line) })
}

describe('the digest of an operation', () => {
  const base = digest('DELETE /api/v1/namespaces/shop/pods/a', '{}')
  it.each([
    ['the method', digest('PATCH /api/v1/namespaces/shop/pods/a', '{}')],
    ['the path', digest('DELETE /api/v1/namespaces/shop/pods/b', '{}')],
    ['the query', digest('DELETE /api/v1/namespaces/shop/pods/a?gracePeriodSeconds=0', '{}')],
    ['the type', digest('DELETE /api/v1/namespaces/shop/pods/a', '{}', 'application/yaml')],
    ['the body', digest('DELETE /api/v1/namespaces/shop/pods/a', '{ }')],
  ])('depends on %s', (_, other) => expect(other).not.toBe(base))
  it('is the same for both methods of opening a stream', () => {
    const line = '/api/v1/namespaces/shop/pods/a/exec?command=ls'
    expect(digest(`GET ${line}`)).toBe(digest(`POST ${line}`))
  })
  it.each(['pods/a/proxy/things', 'services/a/proxy/things', 'pods/a/ephemeralcontainers'])('depends on the method for %s', (rest) => {
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => digest(`${method} /api/v1/namespaces/shop/${rest}`))
    expect(new Set(methods).size).toBe(methods.length)
  })
})

describe('Accept', () => {
  it.each([
    [undefined, 'application/json'],
    ['application/json;q=0.5, application/json;as=Table;v=v1;g=meta.k8s.io', 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json'],
    ['application/cbor, application/json', 'application/json'],
    [
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ],
  ])('%s', (given, asks) => expect(negotiateAccept(given, 'object').accept).toBe(asks))
  it.each(['application/vnd.kubernetes.protobuf', 'application/cbor;stream=watch', 'application/json;q=0', 'image/png'])(
    '%s is not acceptable',
    (given) => expect(() => negotiateAccept(given, 'object')).toThrow(/masked/),
  )
})

it('token groups become Kubernetes groups only if the policy lists them and they are not reserved', () => {
  const caller = { ...CALLER, identity: { ...CALLER.identity, groups: ['oidc:dev', 'oidc:agents', 'system:masters', 'jit.access:elevated:x'] } }
  const policies = [policy('agents', { tokenGroups: ['oidc:dev', 'system:masters', 'jit.access:elevated:x'] })]
  const groups = identityHeaders({ caller, policies, auditID: 'a' }).flatMap(([name, value]) => (name === 'Impersonate-Group' ? [value] : []))
  expect(groups).toEqual(['jit.access:agents', 'jit.access:baseline:agents', 'oidc:dev'])
})

const fixture = (nowMs = () => Date.now()) => {
  const listeners = new Set<(change: Change<AccessGrant>) => void>()
  const policyListeners = new Set<(change: Change<AccessPolicy>) => void>()
  const grants: Pick<Informer<AccessGrant>, 'get' | 'subscribe'> = { get: () => undefined, subscribe: (each) => (listeners.add(each), () => {}) }
  const policies: Pick<Informer<AccessPolicy>, 'subscribe'> = { subscribe: (each) => (policyListeners.add(each), () => {}) }
  const live = createLivePermits({ grants, policies, suspensions: SILENT, view: { outdatedForMs: () => 0 } }, { nowMs })
  return {
    live,
    watch: (names: readonly string[], expiresAtMs: number, allowed = (): boolean => true) =>
      live.watch({ grants: names, grantsExpireAtMs: expiresAtMs, tokenExpiresAtMs: Infinity, allowed }),
    tell: (change: Change<AccessGrant>) => listeners.forEach((each) => each(change)),
    tellPolicy: (change: Change<AccessPolicy>) => policyListeners.forEach((each) => each(change)),
  }
}

describe('a live permit', () => {
  it('ends when its grant is revoked or deleted, but not when the grant is exhausted', () => {
    const { live, watch, tell } = fixture()
    const far = Date.now() + 60_000
    const lasting = grant({ expiresAt: new Date(far).toISOString(), notBefore: new Date(0).toISOString(), maxUses: 1 })
    const [one, two, other] = [watch(['g1'], far), watch(['g1'], far), watch(['g2'], far)]
    tell({ type: 'MODIFIED', object: { ...lasting, status: { uses: 1, conditions: [{ type: 'Exhausted', status: 'True' }] } } })
    expect(one.signal.aborted).toBe(false)
    two.release()
    tell({ type: 'MODIFIED', object: { ...lasting, status: { conditions: [{ type: 'Revoked', status: 'True' }] } } })
    expect([one.signal.reason, two.signal.aborted, other.signal.aborted]).toEqual(['revoked', false, false])
    live.shutdown()
    expect(other.signal.reason).toBe('shutdown')
    expect(live.count).toBe(0)
  })
  it('ends when it expires, and at once when the expiry is invalid', () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] })
    try {
      const { watch } = fixture()
      expect(watch([], Number.NaN).signal.reason).toBe('expired')
      const { signal } = watch([], Date.now() + 50)
      vi.advanceTimersByTime(49)
      expect(signal.aborted).toBe(false)
      vi.advanceTimersByTime(1)
      expect(signal.reason).toBe('expired')
    } finally {
      vi.useRealTimers()
    }
  })
  it('ends when a changed policy would refuse it, but not when only policy status changes', () => {
    const { watch, tellPolicy } = fixture()
    const told: string[] = []
    const denied = new Set<string>()
    const stream = (name: string): AbortSignal => watch([], Date.now() + 60_000, () => (told.push(name), !denied.has(name))).signal
    const [kept, ended] = [stream('kept'), stream('ended')]
    expect(told.splice(0)).toEqual(['kept', 'ended']) // the policies may have changed since the decision
    denied.add('ended')
    const old = policy('agents')
    tellPolicy({ type: 'MODIFIED', old, object: { ...old, status: { conditions: [] } } })
    expect(told).toEqual([])
    tellPolicy({ type: 'MODIFIED', old, object: policy('agents', { rules: [{ name: 'stop', effect: 'Deny' }] }) })
    expect([kept.aborted, ended.reason]).toEqual([false, 'revoked'])
    tellPolicy({ type: 'DELETED', object: old })
    expect(told).toEqual(['kept', 'ended', 'kept'])
  })
  it('does not start when policies that changed since the decision would refuse it', () => {
    const { live, watch } = fixture()
    expect(watch([], Date.now() + 60_000, () => false).signal.reason).toBe('revoked')
    expect(live.count).toBe(0)
  })
})

it('one identity cannot use the whole limit, and leaving frees its place', () => {
  const limits = createLimits({ inFlight: 3, inFlightPerIdentity: 2 })
  const leave = limits.enter('a')
  limits.enter('a')
  expect(() => limits.enter('a')).toThrow(expect.objectContaining({ code: 429 }))
  limits.enter('b')
  expect(() => limits.enter('c')).toThrow(expect.objectContaining({ code: 429 }))
  leave()
  expect(limits.inFlight).toBe(2)
  limits.enter('c') // the last quarter is reserved for those that hold little: test/server/fair-counts.test.ts
})

describe('issuers', () => {
  const GOOD = 'issuer: https://a\naudiences: [jit-gateway]\nusernamePrefix: "oidc:"\ngroupsPrefix: "oidc:"\n'
  it.each([
    ['HMAC', `${GOOD}algorithms: [HS256]\n`],
    ['plain HTTP', GOOD.replace('https://a', 'http://a')],
    ['no prefix', GOOD.replace('usernamePrefix: "oidc:"', 'usernamePrefix: ""')],
    ['a reserved system prefix', GOOD.replace('usernamePrefix: "oidc:"', 'usernamePrefix: "system:"')],
    ['a prefix of jit-access', GOOD.replace('groupsPrefix: "oidc:"', 'groupsPrefix: "jit.access:"')],
    ['an unknown field', `${GOOD}insecure: true\n`],
    ['no audience', GOOD.replace('[jit-gateway]', '[]')],
  ])('with %s are refused', async (_, text) => {
    const dir = await mkdtemp(join(tmpdir(), 'issuers-'))
    await writeFile(join(dir, 'a.yaml'), text)
    await expect(readIssuers(dir)).rejects.toThrow(/a\.yaml/)
    await writeFile(join(dir, 'a.yaml'), GOOD)
    expect(await readIssuers(dir)).toHaveLength(1)
    await rm(dir, { recursive: true })
  })
  it('are empty for a folder that does not exist', async () => expect(await readIssuers('/nowhere/at/all')).toEqual([]))
})
