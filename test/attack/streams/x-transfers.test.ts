import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partOf } from '../../../apiserver/resources/transfers/attenuated.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { judge } from '../../../domain/grant/judge.ts'
import { ruleCovers } from '../../../domain/grant/rule-covers.ts'
import { decide } from '../../../domain/policy/decide.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { asked, grant, NOW, policy } from '../../domain/builders.ts'
import { AGENT, agents, granted, grantOf, install, OTHER, START } from '../../apiserver/resources/extensions/extending.ts'
import { serveApi, user } from '../../apiserver/resources/served-api.ts'

/** Access does not grow when it is passed on. */
const some = <T>(...values: readonly T[]) => fc.subarray([...values], { minLength: 1 })
const rule: fc.Arbitrary<AccessRule> = fc.record(
  {
    verbs: some('get', 'patch', 'delete', '*'),
    apiGroups: some('', 'apps', '*'),
    resources: some('pods', 'pods/log', 'deployments', 'deployments/scale', '*'),
    namespaces: some('shop', 'prod', '*'),
    resourceNames: some('web', 'db'),
    gains: some('Privileged', 'Secret=db'),
  },
  { requiredKeys: ['verbs', 'resources'] },
)
const REQUESTS = ['GET', 'PATCH', 'DELETE']
  .flatMap((method) =>
    ['shop', 'prod'].flatMap((namespace) =>
      ['web', 'db'].flatMap((name) => [
        `${method} /api/v1/namespaces/${namespace}/pods/${name}`,
        `${method} /apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
        `${method} /apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale`,
      ]),
    ),
  )
  .map(asked)

describe('X. transfers', () => {
  it('X185 no body makes a part that covers what the grant does not, lasts longer, or has more uses', () => {
    const bodyFor = (rules: readonly AccessRule[]) =>
      fc.record(
        {
          to: fc.constant('oidc:other'),
          rules: fc.array(
            fc.oneof(
              fc.constantFrom(...rules),
              fc.constantFrom(...rules).map((one) => ({ ...one, resourceNames: ['web'] })),
              rule,
            ),
            { maxLength: 2 },
          ),
          durationSeconds: fc.oneof(fc.integer({ min: -10, max: 320 }), fc.constantFrom(0.5, Number.MAX_SAFE_INTEGER)),
          maxUses: fc.oneof(fc.integer({ min: -1, max: 6 }), fc.constant(Number.MAX_SAFE_INTEGER)),
        },
        { requiredKeys: ['to'], noNullPrototype: true },
      )
    const forged = fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, fc.constantFrom({ reveal: [] }, { transferredFrom: [] }, { subject: {} }))
    const cases = fc.array(rule, { minLength: 1, maxLength: 3 }).chain((rules) => fc.tuple(fc.constant(rules), bodyFor(rules), forged))
    let made = 0
    fc.assert(
      fc.property(cases, fc.option(fc.integer({ min: 1, max: 5 })), ([rules, asking, more], maxUses) => {
        const whole: AccessGrant = grant({ rules, ...(maxUses === null ? {} : { maxUses }) }, { uses: 0 })
        try {
          const part = partOf(whole, { ...asking, ...more }, NOW)
          made += 1
          for (const classified of REQUESTS)
            if (part.rules.some((each) => ruleCovers(each, classified))) expect(rules.some((each) => ruleCovers(each, classified))).toBe(true)
          expect(Date.parse(part.expiresAt)).toBeLessThanOrEqual(Date.parse(whole.spec.expiresAt))
          expect(part.maxUses ?? Infinity).toBeLessThanOrEqual(maxUses ?? Infinity)
          expect(more).toEqual({})
        } catch (error) {
          if (!(error instanceof StatusError)) throw error
        }
      }),
      { numRuns: 2000 },
    )
    expect(made).toBeGreaterThan(50)
  })

  it('X521 a part that is received counts only if every policy of its receiver names it as one: others may ask for more approvers', () => {
    const to = { requests: { transfer: { to: [{ kind: 'User' as const, name: OTHER.username }] } } }
    const named = (name: string, spec: object = to) => policy(name, { subjects: [{ kind: 'User', name: OTHER.username }], ...spec })
    const strict = { approvals: { required: 2 } }
    const transferredFrom = [{ grantName: 'root', grantUID: 'u1', username: AGENT.username }]
    const root: AccessGrant = { ...grant({ subject: AGENT }), metadata: { name: 'root', uid: 'u1' } }
    const classified = asked('PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale')
    const verdictOf = (policies: readonly AccessPolicy[], more: object = { transferredFrom }): string => {
      const decision = decide({ classified, identity: OTHER, policies, evaluate: () => true })
      if (decision === undefined) throw new Error('no policy governs the receiver')
      const grants = [grant({ subject: OTHER, policy: 'agents', ...more })]
      return judge({ classified, identity: OTHER, decision, grants, nowMs: NOW, named: () => root }).kind
    }
    expect(verdictOf([named('agents')])).toBe('allow')
    expect(verdictOf([named('agents'), named('strict', { ...strict, ...to })])).toBe('allow')
    expect(verdictOf([named('agents'), named('strict', strict)])).toBe('ask')
    expect(verdictOf([named('agents', {}), named('strict', { ...strict, ...to })])).toBe('ask')
    // What the receiver was granted itself was approved under all of them.
    expect(verdictOf([named('agents'), named('strict', strict)], {})).toBe('allow')
  })

  it('X186 many parts of one grant have no more uses together than the grant, and none after it is revoked', async () => {
    const api = await serveApi(START)
    const to = [AGENT, OTHER].map(({ username }) => ({ kind: 'User' as const, name: username }))
    await install(api, agents({ transfer: { to } }))
    await granted(api, { maxUses: 3 })
    const body = { apiVersion: 'jit.access/v1', kind: 'GrantTransfer', spec: { to: 'oidc:other' } }
    for (let count = 0; count < 5; count += 1) expect((await api.send(AGENT, 'POST accessgrants/first/transfer', { body })).code).toBe(201)
    const parts = ((await grantOf(api)).status?.transfers ?? []).map(({ grantName }) => grantName)
    const take = async (name: string, auditID: string): Promise<boolean> => {
      const claim = { apiVersion: 'jit.access/v1', kind: 'GrantClaim', spec: { auditID } }
      return (await api.send(user('gateway', 'system:masters'), `POST accessgrants/${name}/claim`, { body: claim })).code === 201
    }
    const first = await Promise.all(parts.slice(0, 2).map((name, index) => take(name, `a${index}`)))
    const rest = await Promise.all(parts.map((name, index) => take(name, `b${index}`)))
    expect([first, rest.filter(Boolean).length]).toEqual([[true, true], 1])
    await api.close()
  })
})
