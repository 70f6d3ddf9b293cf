import { describe, expect, it } from 'vitest'
import { deleteOneByOne } from '../../../gateway/forward/delete-one-by-one.ts'
import { decideRequest } from '../../../gateway/decide/decide-about.ts'
import { permit, type PermitDependencies } from '../../../gateway/decide/permit.ts'
import { weighPower } from '../../../gateway/decide/weigh-power.ts'
import { makePlan } from '../../../gateway/plan/make-plan.ts'
import type { Held } from '../../../gateway/ports.ts'
import type { Announced, Permitted } from '../../../gateway/steps.ts'
import { grant, NOW, policy, NONE_SUSPENDED } from '../../domain/builders.ts'
import { APPROVED, holdThat } from '../../fakes/hold.ts'
import { createCluster, plannedFor, type Asking } from './fake-cluster.ts'

const PATH = '/api/v1/namespaces/shop/configmaps'
const NEVER = new AbortController().signal
const RULES = [
  { name: 'reads', match: { verbs: ['get', 'list'] }, effect: 'Allow' as const },
  { name: 'all', effect: 'RequireApproval' as const },
]

/** A cluster, and an approver who approves every request. `meanwhile` runs before each approval. */
function setup(meanwhile: (cluster: ReturnType<typeof createCluster>) => void = () => {}) {
  const cluster = createCluster()
  cluster.put('one', { data: { a: '1' } })
  const grants: ReturnType<typeof grant>[] = []
  const asked: string[] = []
  const approve = async (held: Held): Promise<void> => {
    const { hashes } = await makePlan(held, cluster.deps, 'show')
    asked.push(hashes[0])
    const rules = [{ verbs: ['patch', 'delete', 'deletecollection'], resources: ['configmaps'], namespaces: ['shop'] }]
    const operation = { method: held.asked.method, path: '/', digest: held.digest, planHash: hashes[0] }
    grants.push({ ...grant({ rules, operation, maxUses: 1 }), metadata: { name: `g${grants.length}` } })
  }
  const deps: PermitDependencies = {
    ...cluster.deps,
    hold: holdThat(async (held) => {
      await approve(held)
      meanwhile(cluster)
      return APPROVED
    }),
    clock: { nowMs: () => NOW },
    evaluate: () => true,
    liveSecrets: { find: () => Promise.resolve(undefined), releases: () => Promise.resolve([]) },
    livePermits: { watch: () => ({ signal: NEVER, release: () => {} }), shutdown: () => {}, count: 0 },
    view: {
      outdatedForMs: () => 0,
      suspensions: () => NONE_SUSPENDED,
      policies: () => [policy('agents', { rules: RULES })],
      grantsOf: () => grants,
      freshGrants: () => Promise.resolve(grants),
    },
  }
  const ask = async (asking: Asking): Promise<Permitted> => permit(await weighPower(decideRequest(plannedFor(asking).asked, deps), deps), deps)
  return { cluster, ask, asked }
}
const replace = ({ objects, put }: ReturnType<typeof createCluster>): void => {
  objects.delete('one')
  put('one', { data: { a: '1' } })
}
const patch: Asking = { method: 'PATCH', path: `${PATH}/one`, type: 'application/merge-patch+json', body: { data: { a: '2' } } }
const remove: Asking = { method: 'DELETE', path: `${PATH}/one`, query: 'gracePeriodSeconds=0&propagationPolicy=Orphan' }
const sent = ({ outgoing }: Permitted): unknown => JSON.parse(outgoing.toString())

describe('an approved operation', () => {
  it('is bound to the approved object by preconditions', async () => {
    const { cluster, ask } = setup()
    const { uid, resourceVersion } = cluster.objects.get('one')?.metadata ?? {}
    expect(sent(await ask(patch))).toEqual({ data: { a: '2' }, metadata: { resourceVersion } })
    const deleting = await ask(remove)
    expect(sent(deleting)).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      propagationPolicy: 'Orphan',
      preconditions: { uid, resourceVersion },
    })
    expect(deleting.headers.get('content-type')).toBe('application/json')
  })

  it.each<Asking>([
    { method: 'DELETE', path: `${PATH}/one`, query: 'dryRun=All' },
    { method: 'DELETE', path: `${PATH}/one`, body: { kind: 'DeleteOptions', dryRun: ['All'] } },
    { method: 'DELETE', path: PATH, query: 'dryRun=All' },
    { method: 'DELETE', path: PATH, body: { dryRun: ['All'], gracePeriodSeconds: 1 } },
  ])('stays a dry run if it is one: %j', async (asking) => {
    const { ask } = setup()
    expect(sent(await ask(asking))).toMatchObject({ dryRun: ['All'] })
  })

  it.each([
    ['changed', patch, (cluster) => void cluster.put('one', { data: { a: '3' } })],
    ['replaced', patch, replace],
    ['replaced', remove, replace],
    ['joined', { method: 'DELETE', path: PATH }, (cluster) => void cluster.put('two', {})],
  ] as const satisfies readonly (readonly [string, Asking, (cluster: ReturnType<typeof createCluster>) => void])[])(
    'is not run when an object was %s during the approval: %j',
    async (_, asking, meanwhile) => await expect(setup(meanwhile).ask(asking)).rejects.toThrow('what it would change is not what was approved'),
  )

  it.each([patch, remove, { method: 'DELETE', path: PATH }])(
    'reuses its approval when repeated, as long as it would change the same: %j',
    async (asking) => {
      const { cluster, ask, asked } = setup()
      await ask(asking)
      await ask(asking)
      expect(asked).toHaveLength(1)
      replace(cluster)
      await ask(asking)
      // The approval does not cover the replaced object.
      expect(asked).toHaveLength(2)
    },
  )
})

const announced = async ({ ask }: ReturnType<typeof setup>): Promise<Announced> => ({
  ...(await ask({ method: 'DELETE', path: PATH, query: 'labelSelector=a%3Db&limit=5' })),
  recorded: true,
  announced: true,
})
const run = async (asked: Announced, { cluster }: ReturnType<typeof setup>) => {
  const request = { method: 'DELETE', target: '', headers: [], signal: NEVER }
  return await deleteOneByOne(asked, cluster.deps.upstream, request)
}

describe('a collection', () => {
  it('is deleted only as the objects that were shown, even if others are added at the last moment', async () => {
    const here = setup()
    here.cluster.put('two', {})
    const asked = await announced(here)
    here.cluster.put('three', {})
    expect((await run(asked, here)).status).toBe(200)
    expect([...here.cluster.objects.keys()]).toEqual(['three'])
    expect(here.cluster.sent.at(-1)?.target).toBe(`${PATH}?labelSelector=a%3Db&fieldSelector=metadata.name%3Dtwo`)
  })
  it('is refused with 409 if an object was replaced by another of the same name', async () => {
    const here = setup()
    const asked = await announced(here)
    replace(here.cluster)
    expect((await run(asked, here)).status).toBe(409)
    expect([...here.cluster.objects.keys()]).toEqual(['one'])
  })
})
