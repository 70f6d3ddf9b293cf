import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../../domain/canonical-json.ts'
import { makePlan } from '../../../gateway/plan/make-plan.ts'
import { createCluster, plannedFor, type Asking } from './fake-cluster.ts'

const PATH = '/api/v1/namespaces/shop/configmaps'
const CANARY = `c4nary-${randomBytes(12).toString('hex')}`

const data = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', '3'), { noNullPrototype: true })
const changes: fc.Arbitrary<Asking> = fc.oneof(
  data.map((each) => ({ method: 'PATCH', path: `${PATH}/one`, type: 'application/merge-patch+json', body: { data: each } })),
  data.map((each) => ({
    method: 'PATCH',
    path: `${PATH}/one`,
    type: 'application/json-patch+json',
    body: [{ op: 'add', path: '/data', value: each }],
  })),
  data.map((each) => ({ method: 'PUT', path: `${PATH}/one`, body: { data: each, metadata: { name: 'one' } } })),
)
const removals: fc.Arbitrary<Asking> = fc.constantFrom(
  { method: 'DELETE', path: `${PATH}/one` },
  { method: 'DELETE', path: `${PATH}/one`, body: { propagationPolicy: 'Orphan' } },
)
type Cluster = ReturnType<typeof createCluster>
const metadata = (labels: object) => ({ metadata: { labels } })
/** Changes to the object, or next to it, between the request and the run. */
const events: fc.Arbitrary<readonly [string, (cluster: Cluster) => void]> = fc.oneof(
  data.map((each) => ['data', (cluster: Cluster) => void cluster.put('one', { data: each })] as const),
  fc.constant(['label', (cluster: Cluster) => void cluster.put('one', { ...cluster.objects.get('one'), ...metadata({ x: 'y' }) })] as const),
  fc.constant(['successor', (cluster: Cluster) => {
    const kept = cluster.objects.get('one')?.['data']
    cluster.objects.delete('one')
    cluster.put('one', { data: kept })
  }] as const), // prettier-ignore
  fc.constant(['nothing', () => {}] as const),
  fc.constant(['beside', (cluster: Cluster) => void cluster.put('two', { data: {} })] as const),
)
const contentOf = (cluster: Cluster): string => {
  const { metadata: { resourceVersion: _, ...rest }, ...object } = cluster.objects.get('one') as NonNullable<ReturnType<Cluster['objects']['get']>> // prettier-ignore
  return canonicalJson([rest, object])
}
const annotations = (text: string) => ({ metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } } })
const lines = (letter: string) => Object.fromEntries(Array.from({ length: 2200 }, (_, index) => [`k${index}`, letter.repeat(90)]))
const planOf = async (cluster: Cluster, asking: Asking) => {
  const planned = plannedFor(asking)
  return { planned, shown: await makePlan(planned, cluster.deps, 'show'), check: () => makePlan(planned, cluster.deps, 'check') }
}

describe('a plan', () => {
  it('keeps its hash exactly as long as the object is unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(changes, removals), data, events, async (asking, before, [, happen]) => {
        const cluster = createCluster()
        cluster.put('one', { data: before })
        const { shown, check } = await planOf(cluster, asking)
        const content = contentOf(cluster)
        happen(cluster)
        const { hashes } = await check()
        expect(hashes.includes(shown.hashes[0])).toBe(contentOf(cluster) === content)
      }),
    )
  })

  it('binds the write to its object, so that a concurrent change makes it fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(changes, removals), data, events, async (asking, before, [, happen]) => {
        const cluster = createCluster()
        cluster.put('one', { data: before })
        const planned = plannedFor(asking)
        const plan = await makePlan(planned, cluster.deps, 'check')
        const { resourceVersion } = cluster.objects.get('one')?.metadata ?? {}
        happen(cluster)
        const unchanged = cluster.objects.get('one')?.metadata.resourceVersion === resourceVersion
        expect(await cluster.run(plan, planned)).toBe(unchanged ? 200 : 409)
      }),
    )
  })

  it('does not change with the status, unless the operation can change the status', async () => {
    const cluster = createCluster()
    const { deps } = cluster
    const upstream = {
      ...deps.upstream,
      request: async (request: Parameters<typeof deps.upstream.request>[0]) => {
        const answer = await deps.upstream.request(request)
        if (request.target !== '/api/v1') return answer
        return { ...answer, status: 200, body: Readable.from([Buffer.from('{"resources":[{"name":"configmaps/status"}]}')]) }
      },
    }
    cluster.put('one', { data: { a: '1' }, status: { seen: 1 } })
    const planned = plannedFor({ method: 'PATCH', path: `${PATH}/one`, type: 'application/merge-patch+json', body: { data: { a: '2' } } })
    const asked = await makePlan(planned, { ...deps, upstream }, 'show')
    expect(asked.shown.diff).not.toContain('seen')
    cluster.put('one', { data: { a: '1' }, status: { seen: 2 } })
    expect((await makePlan(planned, { ...deps, upstream }, 'check')).hashes).toContain(asked.hashes[0])
    // If discovery does not list a status subresource, the status is part of the plan.
    const ofStatus = plannedFor({ method: 'PATCH', path: `${PATH}/one`, type: 'application/merge-patch+json', body: { status: { seen: 3 } } })
    expect((await makePlan(ofStatus, deps, 'show')).shown.diff).toContain('seen: 3')
  })

  it('refuses a JSON Patch whose outcome depends on the current object', async () => {
    const cluster = createCluster()
    cluster.put('one', { data: { a: '1' } })
    for (const operation of [
      { op: 'copy', from: '/data/a', path: '/data/b' },
      { op: 'move', from: '/data/a', path: '/data/b' },
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'COPY' },
      null,
    ]) {
      const body = [{ op: 'add', path: '/data/c', value: '1' }, operation]
      await expect(planOf(cluster, { method: 'PATCH', path: `${PATH}/one`, type: 'application/json-patch+json', body })).rejects.toMatchObject({
        code: 422,
      })
    }
    const body = [{ op: 'test', path: '/metadata/uid', value: cluster.objects.get('one')?.metadata.uid }, { op: 'add', path: '/data/c', value: '1' }] // prettier-ignore
    await planOf(cluster, { method: 'PATCH', path: `${PATH}/one`, type: 'application/json-patch+json', body })
  })

  it('refuses a body that cannot be bound to the object, before approval is requested', async () => {
    const cluster = createCluster()
    cluster.put('one', { data: {} })
    const change = { method: 'PATCH', path: `${PATH}/one`, type: 'application/merge-patch+json' }
    for (const text of ['{"data":{"a":"1"},"data":{"b":"1"}}', '{"spec":{"id":12345678901234567890}}']) {
      const bytes = Buffer.from(text)
      const { asked, ...rest } = plannedFor(change)
      const planned = { ...rest, asked: { ...asked, body: bytes }, sends: bytes, outgoing: bytes }
      await expect(makePlan(planned, cluster.deps, 'show')).rejects.toThrow(/ambiguous|more than 15 digits/)
    }
    expect(cluster.sent).toEqual([])
  })

  it('of a collection changes when an object is added or replaced', async () => {
    const cluster = createCluster()
    cluster.put('one', {})
    cluster.put('two', {})
    const asking = { method: 'DELETE', path: PATH, query: 'labelSelector=app%3Dx' }
    const { shown, check } = await planOf(cluster, asking)
    expect(shown.shown.diff?.split('\n').toSorted()).toEqual(['-shop/one', '-shop/two'])
    expect((await check()).hashes).toContain(shown.hashes[0])
    cluster.put('three', {})
    expect((await check()).hashes).not.toContain(shown.hashes[0])
    cluster.objects.delete('three')
    cluster.objects.delete('two')
    expect((await check()).hashes).not.toContain(shown.hashes[0])
  })

  it('shows the options in the body of the request', async () => {
    const cluster = createCluster()
    cluster.put('one', { data: {} })
    const { shown } = await planOf(cluster, { method: 'DELETE', path: `${PATH}/one`, body: { propagationPolicy: 'Orphan', gracePeriodSeconds: 0 } })
    expect(shown.shown.body).toBe('propagationPolicy: Orphan\ngracePeriodSeconds: 0')
    await expect(
      planOf(cluster, { method: 'DELETE', path: `${PATH}/one`, type: 'application/vnd.kubernetes.protobuf', body: {} }),
    ).rejects.toMatchObject({ code: 415 })
    await expect(planOf(cluster, { method: 'DELETE', path: `${PATH}/one`, body: { preconditions: { uid: 'other' } } })).rejects.toMatchObject({
      code: 409,
    })
  })

  it('distinguishes no change from no dry run, and shows that last-applied changes', async () => {
    const cluster = createCluster()
    cluster.put('one', annotations('{"a":1}'))
    const patch = { method: 'PATCH', path: `${PATH}/one`, type: 'application/merge-patch+json' }
    expect((await planOf(cluster, { ...patch, body: annotations('{"a":1}') })).shown.shown).toMatchObject({ dryRun: 'Unchanged' })
    expect((await planOf(cluster, { ...patch, body: annotations('{"a":2}') })).shown.shown.diff).toContain('(changed, 7 characters)')
    const exec = { method: 'POST', path: '/api/v1/namespaces/shop/pods/one/exec' }
    expect((await planOf(cluster, exec)).shown.shown).toEqual({ dryRun: 'Impossible' })
  })

  it('of a stream changes when the pod is replaced', async () => {
    const cluster = createCluster()
    cluster.put('one', { spec: {} })
    const { shown, check } = await planOf(cluster, { method: 'POST', path: '/api/v1/namespaces/shop/pods/one/exec', query: 'command=sh' })
    expect((await check()).hashes).toContain(shown.hashes[0])
    cluster.objects.delete('one')
    cluster.put('one', { spec: {} })
    expect((await check()).hashes).not.toContain(shown.hashes[0])
  })

  it('escapes invisible characters', async () => {
    const cluster = createCluster()
    cluster.put('one', { data: {} })
    const { shown } = await planOf(cluster, {
      method: 'PATCH',
      path: `${PATH}/one`,
      type: 'application/merge-patch+json',
      body: { data: { a: 'x\u202ey\u200b' } },
    })
    expect(shown.shown.diff).toContain(String.raw`a: x\x202ey\x200b`)
    expect(shown.shown.body).toContain(String.raw`a: x\x202ey\x200b`)
  })

  it('counts what was cut from it', async () => {
    const cluster = createCluster()
    cluster.put('one', { data: lines('o') })
    const { shown } = await planOf(cluster, {
      method: 'PATCH',
      path: `${PATH}/one`,
      type: 'application/merge-patch+json',
      body: { data: lines('n') },
    })
    const { diff = '', cut } = shown.shown
    const count = (sign: string): number => diff.split('\n').filter((line) => line.startsWith(sign)).length
    expect([count('-') + (cut?.removedLines ?? 0), count('+') + (cut?.addedLines ?? 0)]).toEqual([2200, 2200])
    expect(Math.abs(count('-') - count('+'))).toBeLessThan(3)
    expect(cut?.bodyCharacters).toBeGreaterThan(0)
  })
})

describe('a plan for an object that the agent may not read', () => {
  const patch = { method: 'PATCH', path: `${PATH}/one`, type: 'application/merge-patch+json', body: { metadata: { labels: { x: 'y' } } } }
  it.each([
    ['by policy', true, { mayRead: () => false }],
    ['by RBAC', false, {}],
  ] as const)('%s is for approvers only, and its hash does not depend on the content', async (_, readable, more) => {
    for (const asking of [patch, { method: 'DELETE', path: `${PATH}/one` }]) {
      const cluster = createCluster({ readable })
      cluster.put('one', { data: { plan: CANARY } })
      const planned = plannedFor(asking, more)
      const { shown, hashes } = await makePlan(planned, cluster.deps, 'show')
      expect(shown).toMatchObject({ planReaders: 'Approvers', diff: expect.stringContaining(asking === patch ? 'x: y' : CANARY) as string })
      const other = createCluster({ readable })
      other.put('one', { data: { plan: 'another' } })
      expect((await makePlan(planned, other.deps, 'show')).hashes[0]).toBe(hashes[0])
      cluster.put('one', { data: { plan: CANARY } })
      expect((await makePlan(planned, cluster.deps, 'check')).hashes).not.toContain(hashes[0])
    }
  })
  it('of a collection is for approvers only, if RBAC denies listing', async () => {
    const cluster = createCluster({ readable: false })
    cluster.put('one', {})
    const { shown } = await makePlan(plannedFor({ method: 'DELETE', path: PATH }), cluster.deps, 'show')
    expect(shown).toMatchObject({ planReaders: 'Approvers', diff: '-shop/one' })
  })
  it.each([
    { kind: 'Status', status: 'Success' },
    { kind: 'ConfigMapList', items: [{ metadata: { name: 'one' } }] },
  ])('of a collection is refused when the server does not list the objects: %j', async (body) => {
    const { deps } = createCluster()
    const answer = { status: 200, headers: { 'content-type': 'application/json' } }
    const upstream = { ...deps.upstream, request: () => Promise.resolve({ ...answer, body: Readable.from([Buffer.from(JSON.stringify(body))]) }) }
    await expect(makePlan(plannedFor({ method: 'DELETE', path: PATH }), { ...deps, upstream }, 'show')).rejects.toMatchObject({ code: 405 })
  })
  it('is refused without the message of the server, which may quote the object', async () => {
    const cluster = createCluster({ readable: false })
    const { deps } = cluster
    const refusing = { ...deps.upstream, request: async (request: Parameters<typeof deps.upstream.request>[0]) => {
      const answer = await deps.upstream.request(request)
      return request.target.includes('dryRun') ? { ...answer, status: 422 } : answer
    } } // prettier-ignore
    cluster.put('one', { message: `was ${CANARY}` })
    const made = makePlan(plannedFor(patch), { ...deps, upstream: refusing }, 'show')
    await expect(made).rejects.toMatchObject({ code: 422 })
    await expect(made).rejects.not.toThrow(CANARY)
  })
})
