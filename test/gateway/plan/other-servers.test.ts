import { describe, expect, it } from 'vitest'
import { makePlan } from '../../../gateway/plan/make-plan.ts'
import { FOREIGN } from '../../fakes/api-servers.ts'
import { createCluster, plannedFor } from './fake-cluster.ts'

const PATH = '/apis/widgets.example.com/v1/namespaces/shop/widgets'

describe('X125 a plan for a server other than kube-apiserver, which may ignore dryRun', () => {
  it.each(FOREIGN.flatMap((server) => ['PATCH', 'PUT', 'DELETE', 'POST'].map((method) => [method, server] as const)))(
    'is made without a dry run, and says so: %s %j',
    async (method, server) => {
      const cluster = createCluster({ others: { 'widgets.example.com/v1': server } })
      cluster.put('one', { data: { a: '1' } })
      const body = method === 'DELETE' ? {} : { body: { data: { a: '2' }, metadata: { name: 'one' } } }
      const type = method === 'PATCH' ? { type: 'application/merge-patch+json' } : {}
      const planned = plannedFor({ method, path: method === 'POST' ? PATH : `${PATH}/one`, ...body, ...type })
      const plan = await makePlan(planned, cluster.deps, 'show')
      expect(cluster.sent.filter((sent) => sent.method !== 'GET')).toEqual([])
      expect(plan.shown.dryRun).toBe('Impossible')
      expect(plan.shown.dryRunMessage).toContain(server.kind === 'service' ? 'is served by monitoring/adapter' : 'it is not known who serves')
      if (method === 'POST') return
      // The approved operation is still bound to the object.
      expect(plan.targets).toMatchObject([{ name: 'one' }])
      expect(await cluster.run(plan, planned)).toBe(200)
    },
  )
  it.each(FOREIGN)('of a collection is refused, since its objects are unknown: %j', async (server) => {
    const cluster = createCluster({ others: { 'widgets.example.com/v1': server } })
    await expect(makePlan(plannedFor({ method: 'DELETE', path: PATH }), cluster.deps, 'show')).rejects.toMatchObject({ code: 405 })
    expect(cluster.sent.filter((sent) => sent.method !== 'GET')).toEqual([])
  })
})
