import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicyRule } from '../../../../domain/api/access-policy.ts'
import { matchFaults, unservedFaults } from '../../../../domain/policy/match/match-faults.ts'
import { reachOf } from '../../../../domain/policy/match/matches.ts'
import type { Discovered } from '../../../../domain/served-resource.ts'
import { asked } from '../../builders.ts'

type Match = NonNullable<PolicyRule['match']>
const fieldsOf = (match: Match): readonly string[] => matchFaults(match).map(({ field }) => field)

describe('match values that no request has', () => {
  it.each<readonly [Match, string]>([
    [{ verbs: ['remove'] }, 'verbs[0]'],
    [{ verbs: ['get', 'GET'] }, 'verbs[1]'],
    [{ verbs: ['post'] }, 'verbs[0]'],
    [{ apiGroups: ['apps/v1'] }, 'apiGroups[0]'],
    [{ apiGroups: ['core'] }, 'apiGroups[0]'],
    [{ resources: ['Pods'] }, 'resources[0]'],
    [{ resources: ['pods/log'] }, 'resources[0]'],
    [{ resources: ['pod*'] }, 'resources[0]'],
    [{ subresources: ['/log'] }, 'subresources[0]'],
    [{ namespaces: ['team-*'] }, 'namespaces[0]'],
    [{ names: ['a/b'] }, 'names[0]'],
    [{ nonResourceURLs: ['version'] }, 'nonResourceURLs[0]'],
    [{ nonResourceURLs: ['/a*/b'] }, 'nonResourceURLs[0]'],
    [{ verbs: [] }, 'verbs'],
  ])('%j', (match, field) => expect(fieldsOf(match)).toEqual([field]))

  it.each<Match>([
    {},
    { verbs: ['*'], apiGroups: ['*', '', 'apps', 'metrics.k8s.io'], resources: ['*', 'pods'], subresources: ['', '*', 'log'] },
    { namespaces: ['', '*', 'shop'], names: ['*', 'system:node', 'a.b'] },
    { verbs: ['head', 'get'], nonResourceURLs: ['/healthz/*', '*'] },
  ])('are absent in %j', (match) => expect(fieldsOf(match)).toEqual([]))

  it('no request matches a value that is refused', () => {
    const words = fc.constantFrom('get', 'GET', 'remove', 'pods', 'Pods', 'pod*', 'apps', 'apps/v1', 'core', 'shop', 'team-*', 'log', '/log', 'a/b')
    const fields = fc.constantFrom('verbs', 'apiGroups', 'resources', 'subresources', 'namespaces', 'names')
    const requests = [
      'GET /api/v1/namespaces/shop/pods/get',
      'GET /apis/apps/v1/namespaces/shop/deployments/log',
      'GET /api/v1/namespaces/shop/pods/a/log',
    ]
    fc.assert(
      fc.property(fields, words, fc.constantFrom(...requests), (field, word, line) => {
        const match = { [field]: [word] }
        if (matchFaults(match).length > 0) expect(reachOf({ name: 'r', effect: 'Deny', match }, asked(line))).toBe('none')
      }),
    )
  })
})

const of = (group: string, resource: string, more = {}): Discovered['resources'][number] => ({
  group,
  resource,
  namespaced: true,
  kind: '',
  singular: '',
  shortNames: [],
  verbs: [],
  ...more,
})
const discovered: Discovered = {
  resources: [
    of('', 'pods', { kind: 'Pod', singular: 'pod', shortNames: ['po'] }),
    of('', 'pods/log'),
    of('apps', 'deployments', { kind: 'Deployment', singular: 'deployment', shortNames: ['deploy'] }),
  ],
  unknownGroups: new Set(['metrics.k8s.io']),
}

describe('resources that the cluster does not serve', () => {
  it.each<readonly [Match, boolean]>([
    [{ apiGroups: [''], resources: ['pod'] }, true],
    [{ apiGroups: ['', 'apps'], resources: ['po'] }, true],
    // A server that does not answer may serve the resource.
    [{ resources: ['pod'] }, false],
    [{ apiGroups: ['apps'], resources: ['deploy'] }, true],
    [{ apiGroups: [''], resources: ['deployments'] }, false],
    [{ apiGroups: ['example.com'], resources: ['widgets'] }, false],
    [{ resources: ['pods'], apiGroups: [''], subresources: ['lgo'] }, false],
  ])('%j: certain is %s', (match, certain) => expect(unservedFaults(discovered, match).map((fault) => fault.certain)).toEqual([certain]))

  it.each<Match>([
    {},
    { resources: ['pods', '*'], apiGroups: [''] },
    { apiGroups: ['apps'], resources: ['deployments'], subresources: ['', '*'] },
    { apiGroups: ['metrics.k8s.io'], resources: ['nodes'] },
    { apiGroups: [''], resources: ['pods'], subresources: ['log'] },
  ])('are absent in %j', (match) => expect(unservedFaults(discovered, match)).toEqual([]))

  it('are reported with the groups that serve them', () =>
    expect(unservedFaults(discovered, { apiGroups: [''], resources: ['deployments'] })[0]?.message).toContain('it serves deployments.apps'))
})
