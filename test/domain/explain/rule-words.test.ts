import { expect, it } from 'vitest'
import type { PolicyRule } from '../../../domain/api/access-policy.ts'
import { defaultWords, matchWords } from '../../../domain/explain/rule-words.ts'
import { decide } from '../../../domain/policy/decide.ts'
import { AGENT, asked, policy } from '../builders.ts'

it.each<[PolicyRule['match'], string]>([
  [undefined, 'any verb on every resource, anywhere'],
  [{ verbs: ['delete'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }, 'delete deployments.apps, in namespace shop'],
  [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'services'] }, 'get, list pods, services, anywhere'],
  [{ resources: ['pods'] }, 'any verb on pods (any group), anywhere'],
  [{ apiGroups: ['', 'apps'] }, 'any verb on every resource of the core group, apps, anywhere'],
  [{ apiGroups: [''], resources: ['pods'], subresources: ['exec', 'attach'] }, 'any verb on exec, attach of pods, anywhere'],
  [{ apiGroups: [''], resources: ['pods'], subresources: ['', 'log'] }, 'any verb on pods and log of them, anywhere'],
  [{ apiGroups: [''], resources: ['pods'], subresources: [''] }, 'any verb on pods without subresources, anywhere'],
  [{ apiGroups: [''], resources: ['pods'], subresources: ['*'], namespaces: ['*'] }, 'any verb on pods and all subresources, in every namespace'],
  [{ namespaces: ['a', 'b', ''] }, 'any verb on every resource, in namespace a or b, or cluster-scoped'],
  [{ apiGroups: [''], resources: ['secrets'], names: ['db'] }, 'any verb on secrets, named "db", anywhere'],
  [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/metrics*'] }, 'get the paths /healthz, /metrics*'],
])('%j reads as %s', (match, words) => expect(matchWords(match)).toBe(words))
it('names what a workload gains', () => expect(matchWords({ gains: ['*'] })).toContain('gives the workload: any power'))

it('the words of the defaults are what the decision does', () => {
  const samples = {
    reads: 'GET /api/v1/namespaces/shop/pods',
    writes: 'PATCH /api/v1/namespaces/shop/configmaps/a',
    deletecollection: 'DELETE /api/v1/namespaces/shop/pods',
    exec: 'POST /api/v1/namespaces/shop/pods/a/exec',
    'creates credentials': 'POST /api/v1/namespaces/shop/serviceaccounts/a/token',
    'changes permissions': 'POST /apis/rbac.authorization.k8s.io/v1/clusterroles',
  }
  const words = defaultWords()
  for (const [kind, line] of Object.entries(samples)) {
    const decision = decide({ classified: asked(line), identity: AGENT, policies: [policy('agents')], evaluate: () => true })
    const said = words.filter(({ kinds }) => kinds.split(', ').some((each) => each === kind || each === `what ${kind}`))
    expect(
      said.map(({ effect }) => effect),
      kind,
    ).toEqual([decision?.effect])
  }
})
