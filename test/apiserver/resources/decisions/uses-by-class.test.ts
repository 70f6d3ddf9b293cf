import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claim } from '../../../../apiserver/resources/decisions/claim.ts'
import { grantFor } from '../../../../apiserver/resources/decisions/grant-for.ts'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import { USE_CLASSES, type UseClass } from '../../../../domain/api/rules.ts'
import { judge } from '../../../../domain/grant/judge.ts'
import { refusalOf } from '../../../../domain/grant/refusal.ts'
import { useClassOf } from '../../../../domain/grant/use-class.ts'
import { StatusError } from '../../../../domain/status-error.ts'
import { withoutOwnUse } from '../../../../webhook/review/own-use.ts'
import { AGENT, asked, grant, NOW, policy } from '../../../domain/builders.ts'
import { grantOf, put, requestOf, serveApi, user, type Served } from '../served-api.ts'

const LINES = {
  read: 'GET /api/v1/namespaces/shop/pods/web',
  write: 'PATCH /api/v1/namespaces/shop/pods/web',
  delete: 'DELETE /api/v1/namespaces/shop/pods/web',
  connect: 'POST /api/v1/namespaces/shop/pods/web/exec?command=ls',
} as const
const rules = [{ verbs: ['get', 'patch', 'delete', 'create'], resources: ['pods', 'pods/exec'], namespaces: ['shop'] }]

it.each(Object.entries(LINES))('the class %s is that of %s', (useClass, line) => expect(useClassOf(asked(line))).toBe(useClass))
it('a deletion of a collection is in the class delete, and what is in no table is in no class', () => {
  expect(useClassOf(asked('DELETE /api/v1/namespaces/shop/pods'))).toBe('delete')
  expect(useClassOf(asked('POST /api/v1/namespaces/shop/serviceaccounts/web/token'))).toBeUndefined()
})

function taken(current: AccessGrant, auditID: string, useClass: UseClass | undefined): AccessGrant | undefined {
  try {
    return claim(current, { auditID, ...(useClass === undefined ? {} : { useClass }) }, NOW)
  } catch (error) {
    if (error instanceof StatusError && error.code === 409) return undefined
    throw error
  }
}

it('takes no more uses of a class than it has, nor of all classes, and gateway and webhook agree', () => {
  const count = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined })
  const limits = fc.record({ read: count, write: count, delete: count, connect: count })
  const uses = fc.array(fc.constantFrom(...USE_CLASSES, undefined), { maxLength: 14 })
  fc.assert(
    fc.property(limits, fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }), uses, (byClass, maxUses, all) => {
      const maxUsesByClass = Object.fromEntries(Object.entries(byClass).filter(([, most]) => most !== undefined))
      let current = grant({ rules, maxUsesByClass, ...(maxUses === undefined ? {} : { maxUses }) })
      const before: (UseClass | undefined)[] = []
      for (const [index, useClass] of all.entries()) {
        const counting = (each: UseClass): number => before.filter((one) => one === each || one === undefined).length
        const isFree = (each: UseClass): boolean => counting(each) < (byClass[each] ?? Infinity)
        const free = before.length < (maxUses ?? Infinity) && (useClass === undefined ? USE_CLASSES.every(isFree) : isFree(useClass))
        const next = taken(current, `id-${index}`, useClass)
        expect(next !== undefined).toBe(free)
        if (useClass !== undefined) {
          const decision = { effect: 'RequireGrant', policy: 'agents', rule: 'default', risk: 'Low', shadow: false } as const
          const at = (given: AccessGrant): string =>
            judge({ classified: asked(LINES[useClass]), identity: AGENT, decision, grants: [given], nowMs: NOW }).kind
          expect(at(current)).toBe(free ? 'allow' : 'ask')
          // The webhook sees the use that the gateway took for the same request.
          if (next !== undefined) expect(at(withoutOwnUse(next, `id-${index}`))).toBe('allow')
        }
        if (next !== undefined) before.push(useClass)
        current = next ?? current
      }
    }),
    { numRuns: 300 },
  )
})

it('a refusal names the grant that has no use of the class left, and the command that requests another', () => {
  const decision = { effect: 'RequireGrant', policy: 'agents', rule: 'default', risk: 'Low', shadow: false } as const
  const spent = grant({ rules, maxUsesByClass: { delete: 1 } }, { usesByClass: { delete: 1 } })
  const classified = asked(LINES.delete)
  const verdict = judge({ classified, identity: AGENT, decision, grants: [spent], nowMs: NOW })
  if (verdict.kind === 'allow') throw new Error('allowed')
  const { message } = refusalOf(verdict, classified, AGENT)
  expect(message).toContain('your grant "g1" has no use of the class delete left')
  expect(message).toContain('kubectl create accessrequest --verb=delete')
})

it('a grant with a limit by class does not elevate what the policy allows itself, since no use would be taken', () => {
  const decision = { effect: 'Allow', policy: 'agents', rule: 'default', risk: 'Low', shadow: false } as const
  const limited = grant({ rules, maxUsesByClass: { delete: 1 } })
  const verdict = judge({ classified: asked(LINES.read), identity: AGENT, decision, grants: [limited], nowMs: NOW })
  expect(verdict.kind === 'allow' ? verdict.permit.grant : verdict).toBeUndefined()
})

it('the lowest limit of the policies applies to each class', () => {
  const policies = [{ delete: 3, write: 9 }, { delete: 1 }, { connect: 0 }].map((maxUsesByClass, index) =>
    policy(`p${index}`, { requests: { maxUsesByClass } }),
  )
  const made = grantFor(requestOf('ask', { owner: 'o', policy: 'p0', namespaces: ['shop'] }), undefined, {
    nowMs: NOW,
    policies: [...policies, policy('none')],
  })
  expect(made.spec.maxUsesByClass).toEqual({ write: 9, delete: 1, connect: 0 })
})

it('an approved operation has no limit by class: a policy that allows no deletion by a grant can still have one approved', () => {
  const plain = requestOf('ask', { owner: 'o', policy: 'p', namespaces: ['shop'] })
  const operation = { method: 'DELETE', path: '/api/v1/namespaces/shop/pods/web', digest: 'a'.repeat(64) }
  const policies = [policy('p', { requests: { maxUsesByClass: { delete: 0 } } })]
  expect(grantFor({ ...plain, spec: { ...plain.spec, operation } }, undefined, { nowMs: NOW, policies }).spec.maxUsesByClass).toBeUndefined()
})

describe('accessgrants/claim', () => {
  let api: Served
  beforeEach(async () => {
    api = await serveApi(NOW)
    const stored = grantOf('given', { owner: 'mallory', policy: 'agents', namespaces: ['shop'] })
    const times = { notBefore: '2026-11-24T11:59:30Z', expiresAt: '2026-11-24T13:00:00Z' }
    await put(api.store, 'accessgrants', { ...stored, spec: { ...stored.spec, ...times, idleSeconds: 60, maxUsesByClass: { delete: 1, write: 5 } } })
  })
  afterEach(() => api.close())

  const post = async (spec: object) => {
    const body = { kind: 'GrantClaim', apiVersion: 'jit.access/v1', spec }
    return (await api.send(user('gateway', 'system:masters'), 'POST accessgrants/given/claim', { body })).code
  }
  const status = async () => {
    const entry = await api.store.get('accessgrants', 'given')
    return entry === undefined ? undefined : (entry.value as unknown as AccessGrant).status
  }

  it('counts a use of its class, and one without a class against every class', async () => {
    expect(await post({ auditID: 'a', useClass: 'write' })).toBe(201)
    expect(await post({ auditID: 'b' })).toBe(201)
    expect((await status())?.usesByClass).toMatchObject({ write: 2, delete: 1 })
    expect(await post({ auditID: 'c', useClass: 'delete' })).toBe(409)
    expect(await post({ auditID: 'd', useClass: 'surprise' })).toBe(409)
    expect(await post({ auditID: 'e', useClass: 'write' })).toBe(201)
    expect(await post({ auditID: 'e', useClass: 'write' })).toBe(201)
    expect(await status()).toMatchObject({ uses: 3, usesByClass: { write: 3, delete: 1 } })
  })

  it('renews the last use without taking one', async () => {
    await post({ auditID: 'a', useClass: 'write' })
    api.clock.now += 30_000
    expect(await post({ auditID: 'a', renews: true })).toBe(201)
    expect(await status()).toMatchObject({ uses: 1, usesByClass: { write: 1 }, lastUsed: new Date(api.clock.now).toISOString() })
    api.clock.now += 61_000
    expect(await post({ auditID: 'a', renews: true })).toBe(409)
  })
})

it('a class without a limit has none: its uses are counted however many they are', async () => {
  const api = await serveApi(NOW)
  try {
    const given = grantOf('given', { owner: 'o', policy: 'p', namespaces: ['shop'] })
    const spec = { ...given.spec, notBefore: '2026-11-24T11:00:00Z', maxUsesByClass: { delete: 1 } }
    await put(api.store, 'accessgrants', { ...given, spec, status: { uses: 100_000, usesByClass: { read: 100_000 } } })
    const use = (auditID: string) =>
      api.send(user('gateway', 'system:masters'), 'POST accessgrants/given/claim', {
        body: { apiVersion: 'jit.access/v1', kind: 'GrantClaim', spec: { auditID, useClass: 'read' } },
      })
    expect([(await use('a')).code, (await use('b')).code]).toEqual([201, 201])
  } finally {
    await api.close()
  }
})
