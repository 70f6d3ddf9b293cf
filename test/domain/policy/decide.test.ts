import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccessPolicy, Effect, PolicyRule } from '../../../domain/api/access-policy.ts'
import { decide } from '../../../domain/policy/decide.ts'
import { AGENT, asked, policy } from '../builders.ts'

const evaluate = (condition: string): boolean => {
  if (condition === 'broken') throw new Error('no such field')
  return condition === 'yes'
}
const effectOf = (line: string, policies: readonly AccessPolicy[]): string | undefined => {
  const decision = decide({ classified: asked(line), identity: AGENT, policies, evaluate })
  return decision === undefined ? undefined : `${decision.effect} ${decision.policy} ${decision.rule}`
}
const rule = (effect: Effect, match: PolicyRule['match'] = {}): PolicyRule => ({ name: effect.toLowerCase(), effect, match })

const READ = 'GET /api/v1/namespaces/shop/pods'
const WRITE = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web'
const EXEC = 'GET /api/v1/namespaces/shop/pods/web/exec'
const BIND = 'POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings'

describe('a request that no rule matches', () => {
  it.each([
    [READ, 'Allow'],
    [WRITE, 'RequireGrant'],
    ['DELETE /apis/apps/v1/namespaces/shop/deployments', 'RequireApproval'],
    [EXEC, 'RequireApproval'],
    [BIND, 'Deny'],
    ['POST /api/v1/namespaces/shop/serviceaccounts/default/token', 'Deny'],
    ['GET /logs/', 'Deny'],
  ])('%s is %s', (line, effect) => expect(effectOf(line, [policy('p')])).toBe(`${effect} p default`))
})

describe('rules', () => {
  it('the first that matches wins', () => expect(effectOf(WRITE, [policy('p', { rules: [rule('Allow'), rule('Deny')] })])).toBe('Allow p allow'))
  it('a rule without a matching verb is skipped', () =>
    expect(effectOf(WRITE, [policy('p', { rules: [rule('Deny', { verbs: ['get'] })] })])).toBe('RequireGrant p default'))
  it('a rule that allows and names no subresources applies only to the resource itself', () =>
    expect(effectOf(`${WRITE}/scale`, [policy('p', { rules: [rule('Allow')] })])).toBe('RequireGrant p default'))
  it('a rule with names does not match a request without a name', () =>
    expect(effectOf('DELETE /apis/apps/v1/namespaces/shop/deployments', [policy('p', { rules: [rule('Allow', { names: ['web'] })] })])).toBe(
      'RequireApproval p default',
    ))
  it.each([EXEC, BIND])('a wildcard does not loosen %s', (line) =>
    expect(effectOf(line, [policy('p', { rules: [rule('Allow', { apiGroups: ['*'], resources: ['*'], subresources: ['*'] })] })])).toMatch(
      /(RequireApproval|Deny) p default/,
    ),
  )
  it('a rule that names exec can at most loosen it to requiring a grant', () =>
    expect(effectOf(EXEC, [policy('p', { rules: [rule('Allow', { resources: ['pods'], subresources: ['exec'] })] })])).toBe('RequireGrant p allow'))
  it('a wildcard denies everything', () => expect(effectOf(BIND, [policy('p', { rules: [rule('Deny')] })])).toBe('Deny p deny'))
  it('only nonResourceURLs match paths', () => {
    expect(effectOf('GET /version', [policy('p', { rules: [rule('Deny', { resources: ['*'] })] })])).toBe('Allow p default')
    expect(effectOf('GET /version', [policy('p', { rules: [rule('Deny', { nonResourceURLs: ['/ver*'] })] })])).toBe('Deny p deny')
  })
  it('a rule with a false condition is skipped', () =>
    expect(effectOf(READ, [policy('p', { rules: [rule('Deny', { condition: 'no' })] })])).toBe('Allow p default'))
  it('a condition that cannot be evaluated denies with an error', () =>
    expect(
      decide({ classified: asked(READ), identity: AGENT, policies: [policy('p', { rules: [rule('Allow', { condition: 'broken' })] })], evaluate }),
    ).toEqual({
      effect: 'Deny',
      policy: 'p',
      rule: 'allow',
      risk: 'Low',
      shadow: false,
      error: 'condition of rule "allow" could not be evaluated',
    }))
})

describe('policies', () => {
  it('a policy that does not name the identity decides nothing', () =>
    expect(effectOf(READ, [policy('p', { subjects: [{ kind: 'Group', name: 'agents' }] })])).toBeUndefined())
  it('a policy for another cluster decides nothing', () => expect(effectOf(READ, [policy('p', { clusters: ['east'] })])).toBeUndefined())
  it('a Shadow policy is not enforced, and is ignored when another policy enforces', () => {
    const shadow = policy('a', { mode: 'Shadow', rules: [rule('Deny')] })
    expect(decide({ classified: asked(READ), identity: AGENT, policies: [shadow], evaluate })?.shadow).toBe(true)
    expect(effectOf(READ, [shadow, policy('b')])).toBe('Allow b default')
  })
  it('the strictest effect wins in any order', () => {
    const effects = ['Allow', 'RequireGrant', 'RequireApproval', 'Deny'] as const
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...effects), { minLength: 1, maxLength: 6 }), (chosen) => {
        const policies = chosen.map((effect, index) => policy(`p${index}`, { rules: [rule(effect)] }))
        const strictest = effects.findLast((effect) => chosen.includes(effect))
        expect(effectOf(WRITE, policies)?.split(' ')[0]).toBe(strictest)
        expect(effectOf(WRITE, policies.toReversed())).toBe(effectOf(WRITE, policies))
      }),
    )
  })
  it('a decision names exactly the equally strict policies', () => {
    const policies = [policy('c'), policy('b', { rules: [rule('Allow')] }), policy('a'), policy('d', { mode: 'Shadow' })]
    expect(decide({ classified: asked(WRITE), identity: AGENT, policies, evaluate })).toMatchObject({ policy: 'a', alike: ['a', 'c'] })
    expect(decide({ classified: asked(WRITE), identity: AGENT, policies: [policy('a')], evaluate })?.alike).toBeUndefined()
  })
})

const inBank = (effect: Effect): readonly AccessPolicy[] => [policy('a', { rules: [rule(effect, { namespaces: ['bank'] })] })]

describe('a rule for one namespace', () => {
  it.each([
    'GET /api/v1/pods',
    'GET /api/v1/pods?watch=1',
    'GET /api/v1/watch/pods',
    'GET /apis/apps/v1/deployments',
    'GET /apis/example.com/v1/things',
    'GET /api/v1/namespaces',
    'GET /api/v1/watch/namespaces',
  ])('that denies also applies to %s, which shows objects in it', (line) => {
    expect(effectOf(line, inBank('Deny'))).toBe('Deny a deny')
    expect(effectOf(line, inBank('RequireGrant'))).toBe('RequireGrant a requiregrant')
  })
  it.each([
    'GET /api/v1/nodes',
    'GET /api/v1/namespaces/shop',
    'GET /apis/rbac.authorization.k8s.io/v1/clusterroles',
    'GET /apis/jit.access/v1/accessrequests',
    READ,
  ])('that denies does not apply to %s', (line) => expect(effectOf(line, inBank('Deny'))).toBe('Allow a default'))
  it('that allows does not apply across all namespaces', () => {
    const policies = [policy('a', { rules: [rule('Allow', { namespaces: ['shop'] }), rule('Deny')] })]
    expect(effectOf(READ, policies)).toBe('Allow a allow')
    expect(effectOf('GET /api/v1/pods', policies)).toBe('Deny a deny')
    const scoped = [policy('a', { rules: [rule('Allow', { namespaces: [''] }), rule('Deny')] })]
    expect(effectOf('GET /api/v1/nodes', scoped)).toBe('Allow a allow')
    expect(effectOf('GET /api/v1/pods', scoped)).toBe('Deny a deny')
  })
})
