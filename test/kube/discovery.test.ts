import { describe, expect, it } from 'vitest'
import type { KubeCall, KubeClient } from '../../kube/client.ts'
import { createDiscovery } from '../../kube/discovery.ts'

const DEPLOYMENTS = {
  resource: 'deployments',
  scope: 'Namespaced',
  responseKind: { kind: 'Deployment' },
  singularResource: 'deployment',
  shortNames: ['deploy'],
  verbs: ['get', 'list'],
  subresources: [{ subresource: 'scale', verbs: ['get', 'update'] }, { subresource: 'status' }],
}
const NODES = { resource: 'nodes', scope: 'Cluster', verbs: ['get'] }

type Answer = { readonly items?: readonly unknown[] }
const group = (name: string, freshness: string, resources: readonly unknown[]) => ({ metadata: { name }, versions: [{ freshness, resources }] })

/** A cluster that answers `/api` and `/apis`, and a clock that the test moves. */
function cluster(answer: (path: string) => Promise<Answer>) {
  const calls: KubeCall[] = []
  const clock = { now: 0, nowMs: () => clock.now }
  const json = (call: KubeCall): Promise<unknown> => {
    calls.push(call)
    return answer(call.path)
  }
  return { discover: createDiscovery({ json } as Pick<KubeClient, 'json'>, clock), calls, clock }
}

const served = (path: string): Promise<Answer> =>
  Promise.resolve({
    items: path === '/api' ? [group('', 'Current', [NODES])] : [group('apps', 'Current', [DEPLOYMENTS]), group('metrics.k8s.io', 'Stale', [])],
  })

describe('what a cluster serves', () => {
  it('lists resources and their subresources of all groups', async () => {
    const { resources } = await cluster(served).discover()
    expect(resources).toEqual([
      { group: '', resource: 'nodes', namespaced: false, kind: '', singular: '', shortNames: [], verbs: ['get'] },
      {
        group: 'apps',
        resource: 'deployments',
        namespaced: true,
        kind: 'Deployment',
        singular: 'deployment',
        shortNames: ['deploy'],
        verbs: ['get', 'list'],
      },
      { group: 'apps', resource: 'deployments/scale', namespaced: true, kind: 'Deployment', singular: '', shortNames: [], verbs: ['get', 'update'] },
      { group: 'apps', resource: 'deployments/status', namespaced: true, kind: 'Deployment', singular: '', shortNames: [], verbs: [] },
    ])
  })
  it('says which groups it does not know, since their server is away', async () => {
    expect([...(await cluster(served).discover()).unknownGroups]).toEqual(['metrics.k8s.io'])
  })
  it('reads an answer without items as no resources', async () => {
    expect(await cluster(() => Promise.resolve({})).discover()).toEqual({ resources: [], unknownGroups: new Set() })
  })
  it('asks for aggregated discovery, and asks once for all callers of ten seconds', async () => {
    const { discover, calls, clock } = cluster(served)
    const [first, second] = await Promise.all([discover(), discover()])
    expect(first).toBe(second)
    clock.now = 9_999
    expect(await discover()).toBe(first)
    expect(calls.map(({ path }) => path)).toEqual(['/api', '/apis'])
    for (const { headers } of calls) expect(headers?.['accept']).toContain('as=APIGroupDiscoveryList')
    clock.now = 10_000
    expect(await discover()).not.toBe(first)
    expect(calls).toHaveLength(4)
  })
  it('reports a failure to those who asked, and asks again for the next', async () => {
    let broken = true
    const { discover } = cluster((path) => (broken ? Promise.reject(new Error('away')) : served(path)))
    await expect(Promise.all([discover(), discover()])).rejects.toThrow('away')
    broken = false
    expect((await discover()).resources).toHaveLength(4)
  })
})
