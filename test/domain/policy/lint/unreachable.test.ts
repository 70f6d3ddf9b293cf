import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicyRule } from '../../../../domain/api/access-policy.ts'
import { operationOf } from '../../../../domain/classify/operations-of.ts'
import { withGains } from '../../../../domain/classify/classify.ts'
import type { Classified } from '../../../../domain/decision.ts'
import { coversRule, type PowerOf } from '../../../../domain/policy/lint/covers.ts'
import { unreachableRules } from '../../../../domain/policy/lint/unreachable.ts'
import { reachOf } from '../../../../domain/policy/match/matches.ts'

const powerOf: PowerOf = (verb, apiGroup, resource) => operationOf({ verb, apiGroup, resource }, { namespace: '', name: '' }).power

const VERBS = ['get', 'list', 'create', 'delete', 'deletecollection', 'proxy']
const RESOURCES = ['pods', 'pods/exec', 'secrets', 'deployments', 'deployments/scale', 'clusterroles', 'serviceaccounts/token']
const GROUPS = ['', 'apps', 'rbac.authorization.k8s.io']
const GAINS = [undefined, ['Privileged'], ['Secret=db'], ['Privileged', 'Secret=db']]

/** Every request with a few names. */
const REQUESTS: readonly Classified[] = [
  ...VERBS.flatMap((verb) =>
    GROUPS.flatMap((apiGroup) =>
      RESOURCES.flatMap((resource) =>
        ['', 'shop', 'bank'].flatMap((namespace) =>
          ['', 'web'].flatMap((name) =>
            (verb === 'create' ? GAINS : [undefined]).map((gains) => {
              const plain = operationOf({ verb, apiGroup, resource }, { namespace, name })
              return gains === undefined ? plain : withGains(plain, gains)
            }),
          ),
        ),
      ),
    ),
  ),
  ...['/version', '/healthz', '/metrics'].map((path) => {
    const { info, ...rest } = operationOf({ verb: 'get', apiGroup: '', resource: 'pods' }, { namespace: '', name: '' })
    return { ...rest, info: { ...info, isResourceRequest: false, path, resource: '' } }
  }),
]

/** The slow reference: every request that the inner rule names is decided by the outer one. */
const coversEach = (outer: PolicyRule, inner: PolicyRule): boolean =>
  REQUESTS.every((request) => reachOf(inner, request) !== 'exact' || reachOf(outer, request) === 'exact')

const words = (...values: readonly string[]) => fc.option(fc.subarray([...values, '*'], { minLength: 1 }), { nil: undefined, freq: 2 })
const match = fc.record({
  verbs: words(...VERBS),
  apiGroups: words(...GROUPS),
  resources: words('pods', 'secrets', 'deployments', 'clusterroles', 'serviceaccounts'),
  subresources: words('', 'exec', 'scale', 'token'),
  namespaces: words('', 'shop', 'bank'),
  names: words('web'),
  gains: fc.option(fc.subarray(['Privileged', 'Secret', 'Secret=db', '*'], { minLength: 1 }), { nil: undefined, freq: 5 }),
  nonResourceURLs: fc.option(fc.subarray(['/version', '/health*', '*'], { minLength: 1 }), { nil: undefined, freq: 8 }),
})
const rules = fc
  .record({ match, effect: fc.constantFrom('Allow', 'RequireGrant', 'RequireApproval', 'Deny') })
  .map(({ match: each, effect }): PolicyRule => ({
    name: 'rule',
    effect,
    match: Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined)),
  }))

describe('a rule that covers another', () => {
  it('decides every request that the other one names', () => {
    let covered = 0
    fc.assert(
      fc.property(rules, rules, (outer, inner) => {
        if (!coversRule(outer, inner, powerOf)) return
        covered += 1
        expect(coversEach(outer, inner)).toBe(true)
      }),
      { numRuns: 4000 },
    )
    expect(covered).toBeGreaterThan(50)
  })
  it('covers itself', () => {
    fc.assert(fc.property(rules, (rule) => coversRule(rule, rule, powerOf)))
  })
})

const rule = (name: string, effect: PolicyRule['effect'], of: PolicyRule['match'] = {}): PolicyRule => ({ name, effect, match: of })
const found = (...all: readonly PolicyRule[]) => unreachableRules(all, powerOf).map((each) => [each.rule, each.by])

describe('unreachable rules', () => {
  it.each([
    [
      'a Deny after an Allow of the same',
      [rule('reads', 'Allow', { verbs: ['get', 'list'] }), rule('no-secrets', 'Deny', { verbs: ['get'], apiGroups: [''], resources: ['secrets'] })],
    ],
    ['a rule after one for everything', [rule('none', 'Deny'), rule('scale', 'RequireGrant', { resources: ['deployments'], subresources: [''] })]],
    [
      'a narrower namespace',
      [rule('a', 'RequireGrant', { namespaces: ['shop', 'bank'] }), rule('b', 'RequireGrant', { namespaces: ['shop'], names: ['web'] })],
    ],
    [
      'the same condition',
      [
        rule('a', 'Allow', { condition: 'request.dryRun' }),
        rule('b', 'Deny', { resources: ['*'], condition: 'request.dryRun', verbs: ['get'], apiGroups: ['*'] }),
      ].map((each, index) => (index === 1 ? { ...each, effect: 'RequireGrant' as const } : each)),
    ],
    [
      'a path below a prefix',
      [rule('a', 'Allow', { nonResourceURLs: ['/metrics*'] }), rule('b', 'Deny', { nonResourceURLs: ['/metrics/cadvisor'] })],
    ],
  ])('%s is found', (_, [first, second]) => {
    expect(found(first as PolicyRule, second as PolicyRule)).toEqual([[(second as PolicyRule).name, (first as PolicyRule).name]])
  })
  it.each([
    ['one with a condition before it', [rule('a', 'Allow', { condition: 'request.dryRun' }), rule('b', 'Deny')]],
    [
      'a Deny of exec after an Allow of everything, which does not allow exec',
      [rule('a', 'Allow', { subresources: ['*'] }), rule('b', 'Deny', { resources: ['pods'], subresources: ['exec'], apiGroups: [''] })],
    ],
    ['a rule for gains after an Allow, which does not allow gains', [rule('a', 'Allow'), rule('b', 'RequireApproval', { gains: ['Privileged'] })]],
    ['a path after a rule for resources', [rule('a', 'Deny'), rule('b', 'Allow', { nonResourceURLs: ['/version'] })]],
    [
      'a Deny of everything after a rule that requires approval of everything, and does not apply to writes of RBAC',
      [rule('a', 'RequireApproval'), rule('b', 'Deny')],
    ],
    ['a wider rule after a narrower', [rule('a', 'Deny', { namespaces: ['shop'] }), rule('b', 'Deny')]],
  ])('%s is not', (_, [first, second]) => {
    expect(found(first as PolicyRule, second as PolicyRule)).toEqual([])
  })
  it('names the field, and the first rule that covers it', () => {
    const [one] = unreachableRules([rule('a', 'Deny'), rule('b', 'Deny', { verbs: ['get'] })], powerOf)
    expect(one).toMatchObject({ field: 'spec.rules[1]', by: 'a', message: expect.stringContaining('rule "a" before it') })
  })
})
