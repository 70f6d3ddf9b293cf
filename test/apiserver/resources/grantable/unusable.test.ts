import { expect, it } from 'vitest'
import { askingOf, unusableParts, type UnusableDependencies } from '../../../../apiserver/resources/grantable/unusable.ts'
import type { AccessPolicy, PolicyRule } from '../../../../domain/api/access-policy.ts'
import type { AccessRequestSpec } from '../../../../domain/api/access-request.ts'
import type { Discovered } from '../../../../domain/served-resource.ts'
import type { Authorizer, ResourceAttributes } from '../../../../kube/subject-access-review.ts'
import { createConditionEvaluator } from '../../../../server/conditions/cel.ts'
import { policy } from '../../../domain/words.ts'

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

/** RBAC as a table: which groups may do what. */
const rbac = (given: { readonly [group: string]: (asked: ResourceAttributes) => boolean }): Authorizer => ({
  allowed: (user, asked) => Promise.resolve('resource' in asked && user.groups.some((group) => given[group]?.(asked) === true)),
})
const ceiling = (given: (asked: ResourceAttributes) => boolean) => rbac({ 'jit.access:elevated:a': given, 'jit.access:elevated:b': given })
const all = ceiling(() => true)

type World = { readonly policies?: readonly AccessPolicy[]; readonly authorizer?: Authorizer; readonly deps?: Partial<UnusableDependencies> }

async function problems(spec: AccessRequestSpec, { policies = [policy('a')], authorizer = all, deps = {} }: World = {}): Promise<readonly string[]> {
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

const taken: readonly (readonly [string, AccessRequestSpec, World?])[] = [
  ['more than RBAC gives', one(['patch', 'delete'], 'pods'), { authorizer: ceiling(({ verb }) => verb !== 'delete') }],
  ['a write that needs a grant', one(['patch'], 'pods')],
  ['what several policies want a grant for', one(['patch'], 'pods'), { policies: [policy('b'), policy('a')] }],
  ['what a subresource lets be done', one(['get', 'patch'], 'pods/log')],
  ['any verb where some can be given', one(['*'], 'pods')],
  ['what a rule of another namespace denies', one(['patch'], 'pods'), { policies: [withRules('a', deny({ namespaces: ['other'] }))] }],
  [
    'what is denied by an object that nobody knows yet',
    one(['patch'], 'pods'),
    { policies: [withRules('a', deny({ condition: 'object.spec.hostNetwork' }))] },
  ],
  ['what a policy that only watches denies', one(['patch'], 'pods'), { policies: [policy('a', { mode: 'Shadow', rules: [deny({})] })] }],
  ['a list of all namespaces', one(['list'], 'pods', {})],
  ['one namespace', one(['patch'], 'namespaces', { resourceNames: ['shop'] })],
  ['what a server that does not answer may serve', { rules: [{ verbs: ['patch'], apiGroups: ['metrics.example.com'], resources: ['things'] }] }],
  [
    'a cross product with pairs that nobody serves',
    { rules: [{ verbs: ['patch'], apiGroups: ['', 'apps'], resources: ['pods'], namespaces: ['s'] }] },
  ],
  ['a reveal', { reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] }, { authorizer: rbac({ 'jit.access:baseline:a': () => true }) }],
]
it.each(taken.map(([what, spec, world]) => ({ what, spec, world })))('asks for $what are taken', async ({ spec, world }) => {
  expect(await problems(spec, world)).toEqual([])
})

const refused: readonly (readonly [string, AccessRequestSpec, string, World?])[] = [
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
  ['a word that is no verb', one(['remove'], 'pods'), 'no request has the verb "remove"'],
  ['a resource that is not served', one(['patch'], 'pod'), 'serves no resource "pod" in the core group; it serves pods'],
  ['a resource of another group', one(['patch'], 'deployments'), 'in the core group; it serves deployments.apps'],
  ['every name by "*"', one(['patch'], 'pods', { namespaces: ['shop'], resourceNames: ['*'] }), 'resourceNames may not contain "*"'],
  ['every group by "*"', one(['patch'], 'pods', { namespaces: ['shop'], apiGroups: ['*'] }), 'apiGroups may not contain "*"'],
  ['objects of no namespace', one(['patch'], 'pods', {}), 'pods are namespaced: name the namespaces'],
  ['cluster-scoped objects in one', one(['get'], 'nodes'), 'nodes are cluster-scoped'],
  ['too much', one(['*'], 'pods', { namespaces: Array.from({ length: 33 }, (_, at) => `n${at}`) }), '264 combinations'],
  [
    'uses of what needs no grant',
    { ...one(['get'], 'pods'), maxUses: 1 },
    'adds nothing to what RBAC gives "jit.access:baseline:a"',
    { authorizer: all },
  ],
  ['a Secret that may not be read', { reveal: [{ namespace: 'shop', secret: 'db', keys: ['k'] }] }, 'get secrets "db" in namespace "shop"', {}],
]
it.each(refused.map(([what, spec, expected, world]) => ({ what, spec, expected, world })))(
  'asks for what is $what are refused',
  async ({ spec, expected, world }) => {
    const found = await problems(spec, world)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(expected)
  },
)

it('the gateway asks for an approval of one operation, which counts where a grant does not', async () => {
  const operation = { method: 'POST', path: '/', digest: '0'.repeat(64) }
  expect(await problems({ ...one(['create'], 'pods/exec'), maxUses: 1, operation })).toEqual([])
  expect(await problems({ ...one(['create'], 'pods/exec'), maxUses: 1, operation }, { authorizer: ceiling(() => false) })).toHaveLength(1)
})

it('RBAC of another cluster is not asked, its policies are', async () => {
  const far = { ...one(['patch'], 'pods'), cluster: 'far' }
  expect(await problems(far, { authorizer: ceiling(() => false) })).toEqual([])
  expect(await problems(far, { policies: [withRules('a', deny({}))] })).toHaveLength(1)
})

it('a review that fails is no answer', async () => {
  const authorizer: Authorizer = { allowed: () => Promise.reject(new Error('no answer')) }
  await expect(problems(one(['patch'], 'pods'), { authorizer })).rejects.toThrow('no answer')
})

it('many problems are told in few words', async () => {
  const names = Array.from({ length: 40 }, (_, at) => `web-${at}`)
  const found = await problems(one(['patch'], 'pods', { namespaces: ['shop'], resourceNames: names }), { authorizer: ceiling(() => false) })
  expect(found).toHaveLength(17)
  expect(found.at(-1)).toContain('and 24 more')
})
