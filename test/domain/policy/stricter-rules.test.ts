import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Effect, PolicyRule } from '../../../domain/api/access-policy.ts'
import { readsObject } from '../../../domain/policy/conditions/condition-variables.ts'
import { decide } from '../../../domain/policy/decide.ts'
import { AGENT, asked, policy } from '../builders.ts'

const STRICTNESS = ['Allow', 'RequireGrant', 'RequireApproval', 'Deny']
const effect = (line: string, rules: readonly PolicyRule[], evaluate = (): boolean => true): number =>
  STRICTNESS.indexOf(decide({ classified: asked(line), identity: AGENT, policies: [policy('p', { rules })], evaluate })?.effect ?? '')

type Target = { readonly group: string; readonly resource: string; readonly namespace: string; readonly name: string }

const base = ({ group, resource, namespace }: Target): string =>
  `${group === '' ? '/api/v1' : `/apis/${group}/v1`}${namespace === '' ? '' : `/namespaces/${namespace}`}/${resource}`
const exact = (target: Target): string => `GET ${base(target)}/${target.name}`

/** All other ways to see an object: its collection, in its namespace and across all namespaces, and its subresources. */
function waysToSee(target: Target): readonly string[] {
  const collections = [base(target), base({ ...target, namespace: '' })]
  const watched = base(target).replace(/^(\/api\/v1|\/apis\/[^/]+\/v1)/, '$1/watch')
  return [
    ...collections,
    ...collections.map((path) => `${path}?watch=1`),
    ...collections.map((path) => `${path}?labelSelector=a%3Db`),
    ...collections.map((path) => `${path}?fieldSelector=metadata.name%3D${target.name}`),
    ...collections.map((path) => `${path}?fieldSelector=metadata.name!%3Dother`),
    ...collections.map((path) => `${path}?limit=500&resourceVersion=0`),
    watched,
    `${watched}/${target.name}`,
    ...['log', 'status', 'scale', 'resize', 'ephemeralcontainers', 'never-heard-of'].map((sub) => `${base(target)}/${target.name}/${sub}`),
  ].map((path) => `GET ${path}`)
}

const some = (values: readonly string[]) => fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined })
const GROUPS = ['', 'apps', 'example.com']
const RESOURCES = ['pods', 'configmaps', 'things']
const NAMESPACES = ['shop', 'bank']
const NAMES = ['payroll', 'web']

const target = fc.record({
  group: fc.constantFrom(...GROUPS),
  resource: fc.constantFrom(...RESOURCES),
  namespace: fc.constantFrom(...NAMESPACES),
  name: fc.constantFrom(...NAMES),
})
/** Rules that allow name no verbs, and none names only `""`: a policy author who writes that intends it. */
const rule = fc
  .record({
    effect: fc.constantFrom<Effect>('Allow', 'RequireGrant', 'RequireApproval', 'Deny'),
    verbs: some(['get', '*', 'delete']),
    apiGroups: some([...GROUPS, '*']),
    resources: some([...RESOURCES, '*']),
    namespaces: some([...NAMESPACES, '', '*']),
    names: some([...NAMES, '*']),
    subresources: some(['*']),
  })
  .map(({ effect: says, verbs, subresources, ...match }): Omit<PolicyRule, 'name'> => {
    const given = { ...match, ...(says === 'Allow' ? {} : { verbs, subresources }) }
    return { effect: says, match: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
  })
const rules = fc.array(rule, { minLength: 1, maxLength: 4 }).map((list) => list.map((each, index) => ({ ...each, name: `r${index}` })))

describe('an object whose GET is refused', () => {
  it('is shown by no list, watch, selector, log or subresource', () =>
    fc.assert(
      fc.property(rules, target, (list, object) => {
        fc.pre(effect(exact(object), list) > 0)
        for (const line of waysToSee(object)) expect(`${line} ${effect(line, list) > 0}`).toBe(`${line} true`)
      }),
      { numRuns: 2000 },
    ))
  it('is shown by no collection if it is a Namespace', () =>
    fc.assert(
      fc.property(rules, fc.constantFrom(...NAMESPACES), (list, name) => {
        // A rule that allows cluster-scoped requests means this list too.
        fc.pre(!list.some(({ effect: says, match }) => says === 'Allow' && match?.namespaces?.includes('') === true))
        fc.pre(effect(`GET /api/v1/namespaces/${name}`, list) > 0)
        for (const line of [
          '',
          '?watch=1',
          '?labelSelector=a',
          `?fieldSelector=metadata.name%3D${name}`,
          `?watch=1&fieldSelector=metadata.name%3D${name}`,
        ])
          expect(`${line} ${effect(`GET /api/v1/namespaces${line}`, list) > 0}`).toBe(`${line} true`)
        expect(effect(`GET /api/v1/watch/namespaces/${name}`, list)).toBeGreaterThan(0)
      }),
      { numRuns: 2000 },
    ))
  it('is refused as strictly there when all rules before have that effect', () =>
    fc.assert(
      fc.property(fc.constantFrom<Effect>('RequireGrant', 'RequireApproval', 'Deny'), target, fc.boolean(), (says, object, byName) => {
        const match = byName ? { resources: [object.resource], names: [object.name] } : { namespaces: [object.namespace] }
        const list: readonly PolicyRule[] = [{ name: 'r', effect: says, match }]
        for (const line of waysToSee(object)) expect(effect(line, list)).toBeGreaterThanOrEqual(STRICTNESS.indexOf(says))
      }),
    ))
  it('is not deleted with its collection when its own deletion is denied', () =>
    fc.assert(
      fc.property(rules, target, (list, object) => {
        const one = effect(`DELETE ${base(object)}/${object.name}`, list)
        const ofStricter = list.every(({ effect: says }) => says !== 'Allow')
        fc.pre(one === 3 && ofStricter)
        expect(effect(`DELETE ${base(object)}`, list)).toBe(3)
      }),
    ))
})

const payroll = (says: Effect): PolicyRule => ({ name: 'r', effect: says, match: { resources: ['configmaps'], names: ['payroll'] } })
const deny = (match: NonNullable<PolicyRule['match']>): readonly PolicyRule[] => [{ name: 'r', effect: 'Deny', match }]

describe('a rule that is stricter than Allow', () => {
  it('does not apply to other objects, by name or by field selector', () => {
    for (const line of ['GET /api/v1/namespaces/a/configmaps/other', 'GET /api/v1/configmaps?fieldSelector=metadata.name%3Dother'])
      expect(effect(line, [payroll('Deny')])).toBe(0)
    expect(effect('POST /api/v1/namespaces/a/configmaps', [payroll('Deny')])).toBe(1)
  })
  it('never loosens the decision of another rule or of the default about requests that it does not name', () => {
    const pods: PolicyRule = { name: 'pods', effect: 'RequireGrant', match: { apiGroups: [''], resources: ['pods'] } }
    const exec = 'POST /api/v1/namespaces/a/pods/p/exec'
    expect(effect(exec, [pods])).toBe(2)
    expect(effect(exec, [pods, { name: 'no', effect: 'Deny', match: { resources: ['pods'], subresources: ['exec'] } }])).toBe(3)
    const shop: PolicyRule = { name: 'shop', effect: 'RequireGrant', match: { namespaces: ['shop'] } }
    expect(effect('GET /api/v1/pods', [shop, { name: 'bank', effect: 'Deny', match: { namespaces: ['bank'] } }])).toBe(3)
  })
  it('applies to the same objects under another group, verb or path', () => {
    expect(effect('GET /apis/events.k8s.io/v1/namespaces/a/events', deny({ apiGroups: [''], resources: ['events'] }))).toBe(3)
    expect(effect('PUT /api/v1/namespaces/a/configmaps/x', deny({ verbs: ['patch'] }))).toBe(3)
    expect(effect('GET /api/v1/namespaces/a/pods?watch=1', deny({ verbs: ['list'] }))).toBe(3)
    expect(effect('GET /api/v1/namespaces/a/pods', deny({ verbs: ['watch'] }))).toBe(0)
    expect(effect('GET /api/v1/namespaces/a/pods/p/status', deny({ verbs: ['get'], subresources: [''] }))).toBe(3)
    expect(effect('GET /version/', deny({ nonResourceURLs: ['/version'] }))).toBe(3)
    expect(effect('GET /version', deny({ nonResourceURLs: ['/version/'] }))).toBe(3)
  })
  it('with a condition over the object applies to the object, and not to an exec into it', () => {
    const list: readonly PolicyRule[] = [{ name: 'r', effect: 'Deny', match: { resources: ['pods'], condition: 'object.spec.hostPID' } }]
    expect(effect('POST /api/v1/namespaces/a/pods/p/exec', list)).toBe(2)
    expect(effect('PATCH /api/v1/namespaces/a/pods/p/status', list)).toBe(3)
    expect(effect('POST /api/v1/namespaces/a/pods/p/exec', [{ name: 'r', effect: 'Deny', match: { condition: 'request.verb != "object"' } }])).toBe(3)
  })
})

describe('a condition reads the object', () => {
  it.each(['object.spec.x', '!has(oldObject.spec)', '"a" == object.a', "r'\\' == object.a"])('%s', (text) => expect(readsObject(text)).toBe(true))
  it.each(['request.name == "object"', "'''object''' == user.username", 'request.object', 'user . object', 'objects', '"\\"object" == ""'])(
    'not %s',
    (text) => expect(readsObject(text)).toBe(false),
  )
})
