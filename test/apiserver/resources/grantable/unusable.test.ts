import { expect, it } from 'vitest'
import { askingOf, unusableParts, type UnusableDependencies } from '../../../../apiserver/resources/grantable/unusable.ts'
import type { AccessPolicy, PolicyRule } from '../../../../domain/api/access-policy.ts'
import type { AccessRequestSpec } from '../../../../domain/api/access-request.ts'
import type { Discovered } from '../../../../domain/served-resource.ts'
import type { Authorizer, ResourceAttributes } from '../../../../kube/subject-access-review.ts'
import { createConditionEvaluator } from '../../../../server/conditions/cel.ts'
import { policy } from '../../../domain/builders.ts'

const served = (group: string, resource: string, namespaced = true) => {
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
  return { group, resource, namespaced, kind: '', singular: resource.slice(0, -1), shortNames: [], verbs }
}
const discovered: Discovered = {
  resources: [
    served('', 'pods'),
    { ...served('', 'pods/exec'), verbs: ['create', 'get'] },
    { ...served('', 'pods/log'), verbs: ['get'] },
    served('', 'configmaps'),
    served('', 'secrets'),
    served('', 'nodes', false),
    served('', 'namespaces', false),
    served('apps', 'deployments'),
  ],
  unknownGroups: new Set(['metrics.example.com']),
}

/** RBAC as a table of groups and their permissions. */
const rbac = (given: { readonly [group: string]: (asked: ResourceAttributes) => boolean }): Authorizer => ({
  allowed: (user, asked) => Promise.resolve('resource' in asked && user.groups.some((group) => given[group]?.(asked) === true)),
})
const ceiling = (given: (asked: ResourceAttributes) => boolean) => rbac({ 'jit.access:elevated:a': given, 'jit.access:elevated:b': given })
const all = ceiling(() => true)

type Fixture = { readonly policies?: readonly AccessPolicy[]; readonly authorizer?: Authorizer; readonly deps?: Partial<UnusableDependencies> }

async function problems(
  spec: AccessRequestSpec,
  { policies = [policy('a')], authorizer = all, deps = {} }: Fixture = {},
): Promise<readonly string[]> {
  const chosen = policies.find(({ metadata }) => metadata.name === (spec.policy ?? 'a')) as AccessPolicy
  const requester = { username: 'oidc:agent', groups: ['oidc:agents'] }
  const request = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: 'r' }, spec: { ...spec, requester } } as const
  const given = { authorizer, evaluate: createConditionEvaluator(), discovery: () => Promise.resolve(discovered), ...deps }
  return (await unusableParts(askingOf(request, { chosen, all: policies }), given)).map(({ field, message }) => `${field}: ${message}`)
}
const one = (verbs: readonly string[], resource: string, more: object = { namespaces: ['shop'] }): AccessRequestSpec => ({
  rules: [{ verbs, resources: [resource], ...more }],
})
const withRules = (name: string, ...rules: readonly PolicyRule[]): AccessPolicy => policy(name, { rules })
const deny = (match: PolicyRule['match'], effect: PolicyRule['effect'] = 'Deny'): PolicyRule => ({ name: 'r', effect, match: match ?? {} })

const taken: readonly (readonly [string, AccessRequestSpec, Fixture?])[] = [
  ['verbs that RBAC only partly allows', one(['patch', 'delete'], 'pods'), { authorizer: ceiling(({ verb }) => verb !== 'delete') }],
  ['a write that needs a grant', one(['patch'], 'pods')],
  ['a write for which several policies require a grant', one(['patch'], 'pods'), { policies: [policy('b'), policy('a')] }],
  ['verbs of which a subresource supports only one', one(['get', 'patch'], 'pods/log')],
  ['all verbs if some can be granted', one(['*'], 'pods')],
  ['a write that is denied in another namespace', one(['patch'], 'pods'), { policies: [withRules('a', deny({ namespaces: ['other'] }))] }],
  [
    'a write whose denial depends on an unknown object',
    one(['patch'], 'pods'),
    { policies: [withRules('a', deny({ condition: 'object.spec.hostNetwork' }))] },
  ],
  ['a write that a Shadow policy denies', one(['patch'], 'pods'), { policies: [policy('a', { mode: 'Shadow', rules: [deny({})] })] }],
  ['a list of all namespaces', one(['list'], 'pods', {})],
  ['one namespace', one(['patch'], 'namespaces', { resourceNames: ['shop'] })],
  ['a resource of a group whose discovery failed', { rules: [{ verbs: ['patch'], apiGroups: ['metrics.example.com'], resources: ['things'] }] }],
  [
    'a cross product that includes unserved pairs',
    { rules: [{ verbs: ['patch'], apiGroups: ['', 'apps'], resources: ['pods'], namespaces: ['s'] }] },
  ],
  ['a reveal', { reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] }, { authorizer: rbac({ 'jit.access:baseline:a': () => true }) }],
]
it.each(taken.map(([what, spec, fixture]) => ({ what, spec, fixture })))('a request for $what is accepted', async ({ spec, fixture }) => {
  expect(await problems(spec, fixture)).toEqual([])
})

const refused: readonly (readonly [string, AccessRequestSpec, string, Fixture?])[] = [
  [
    'denied by a rule',
    one(['patch'], 'pods'),
    'policy "a", rule "r" denies patch pods in namespace "shop"',
    { policies: [withRules('a', deny({}))] },
  ],
  [
    'denied by a policy that is not named',
    one(['patch'], 'pods'),
    'policy "b", rule "r" denies',
    { policies: [policy('a'), withRules('b', deny({}))] },
  ],
  ['denied by default', one(['create'], 'serviceaccounts/token'), 'denies create serviceaccounts/token', { deps: { discovery: undefined as never } }],
  [
    'a list that would show what is denied',
    one(['list'], 'configmaps'),
    'denies list configmaps',
    { policies: [withRules('a', deny({ names: ['x'] }))] },
  ],
  ['needs an approval each time', one(['create'], 'pods/exec'), 'requires a separate approval for each create pods/exec in namespace "shop"'],
  [
    'under the policy that asks for less',
    one(['patch'], 'pods'),
    'a grant under policy "a" does not count: name policy "b"',
    { policies: [withRules('a', deny({ verbs: ['patch'] }, 'Allow')), policy('b')] },
  ],
  ['beyond the ceiling', one(['delete'], 'nodes', {}), 'denies delete nodes', {}],
  ['beyond RBAC', one(['delete'], 'pods'), 'lets it delete pods in namespace "shop"', { authorizer: ceiling(({ verb }) => verb !== 'delete') }],
  ['a create by name', one(['create'], 'pods', { namespaces: ['shop'], resourceNames: ['web'] }), 'a create has no object name in its path'],
  ['an unknown verb', one(['remove'], 'pods'), '"remove" is not a request verb; use one of get, list'],
  ['a resource that is not served', one(['patch'], 'pod'), 'serves no resource "pod" in the core group; it serves pods'],
  ['a resource of another group', one(['patch'], 'deployments'), 'in the core group; it serves deployments.apps'],
  ['all names by "*"', one(['patch'], 'pods', { namespaces: ['shop'], resourceNames: ['*'] }), 'resourceNames may not contain "*"'],
  ['all groups by "*"', one(['patch'], 'pods', { namespaces: ['shop'], apiGroups: ['*'] }), 'apiGroups may not contain "*"'],
  ['namespaced objects without a namespace', one(['patch'], 'pods', {}), 'pods are namespaced: name the namespaces'],
  ['cluster-scoped objects in a namespace', one(['get'], 'nodes'), 'nodes are cluster-scoped'],
  ['too much', one(['*'], 'pods', { namespaces: Array.from({ length: 33 }, (_, at) => `n${at}`) }), '264 combinations'],
  [
    'counted uses of an operation that needs no grant',
    { ...one(['get'], 'pods'), maxUses: 1 },
    'adds nothing to what RBAC gives "jit.access:baseline:a"',
    { authorizer: all },
  ],
  [
    'a Secret that the agent may not read',
    { reveal: [{ namespace: 'shop', secret: 'db', keys: ['k'] }] },
    'get secrets "db" in namespace "shop"',
    {},
  ],
]
it.each(refused.map(([what, spec, expected, fixture]) => ({ what, spec, expected, fixture })))(
  'asks for what is $what are refused',
  async ({ spec, expected, fixture }) => {
    const found = await problems(spec, fixture)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(expected)
  },
)

it('a request of the gateway for one operation is accepted where a grant would not count', async () => {
  const operation = { method: 'POST', path: '/', digest: '0'.repeat(64) }
  expect(await problems({ ...one(['create'], 'pods/exec'), maxUses: 1, operation })).toEqual([])
  expect(await problems({ ...one(['create'], 'pods/exec'), maxUses: 1, operation }, { authorizer: ceiling(() => false) })).toHaveLength(1)
})

it('for another cluster, policies are checked and RBAC is not', async () => {
  const far = { ...one(['patch'], 'pods'), cluster: 'far' }
  expect(await problems(far, { authorizer: ceiling(() => false) })).toEqual([])
  expect(await problems(far, { policies: [withRules('a', deny({}))] })).toHaveLength(1)
})

it('a failed review is an error', async () => {
  const authorizer: Authorizer = { allowed: () => Promise.reject(new Error('no answer')) }
  await expect(problems(one(['patch'], 'pods'), { authorizer })).rejects.toThrow('no answer')
})

it('the number of reported problems is limited', async () => {
  const names = Array.from({ length: 40 }, (_, at) => `web-${at}`)
  const found = await problems(one(['patch'], 'pods', { namespaces: ['shop'], resourceNames: names }), { authorizer: ceiling(() => false) })
  expect(found).toHaveLength(17)
  expect(found.at(-1)).toContain('and 24 more')
})
