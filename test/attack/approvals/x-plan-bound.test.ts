import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makePlan } from '../../../gateway/plan/make-plan.ts'
import { createCluster, plannedFor, type Asking } from '../../gateway/plan/fake-cluster.ts'

/** X. What is not in the request, and changes what an approved operation does. */
const SHOP = '/api/v1/namespaces/shop'
const CONFIG_MAPS = `${SHOP}/configmaps`
const HIDDEN = `c4nary-${randomBytes(12).toString('hex')}`
const SECRET = { namespace: 'shop', secret: 'db', key: 'password', value: Buffer.from(HIDDEN) }

/** Whether the approval of an operation still counts after something else happened. */
async function counts(cluster: ReturnType<typeof createCluster>, asking: Asking, meanwhile: () => void, readable = true): Promise<boolean> {
  const planned = plannedFor(asking, { mayRead: () => readable })
  const approved = await makePlan(planned, cluster.deps, 'show')
  meanwhile()
  return (await makePlan(planned, cluster.deps, 'check')).hashes.includes(approved.hashes[0])
}
const nothing = (): void => {}

describe('X. an approval does not count', () => {
  it('X440 for a proxied request when its Service was pointed elsewhere, which has no generation', async () => {
    const proxied: Asking = { method: 'POST', path: `${SHOP}/services/web:80/proxy/admin`, body: { do: 'it' } }
    for (const readable of [true, false])
      for (const hidden of [true, false]) {
        const cluster = createCluster({ secrets: [SECRET] })
        const spec = { selector: { app: 'web' }, note: hidden ? HIDDEN : 'none' }
        cluster.put('web', { spec })
        expect(await counts(cluster, proxied, nothing, readable)).toBe(true)
        expect(await counts(cluster, proxied, () => void cluster.put('web', { spec: { ...spec, selector: { app: 'payroll' } } }), readable)).toBe(
          false,
        )
      }
  })

  it('X441 for a create when admission adds something else than it showed', async () => {
    const creates: readonly Asking[] = [
      { method: 'POST', path: CONFIG_MAPS, body: { metadata: { name: 'new' }, data: { a: '1' } } },
      { method: 'POST', path: CONFIG_MAPS, body: { metadata: { generateName: 'new-' }, data: { a: '1' } } },
      // It holds the value of a Secret, so the plan that an agent sees must not tell what it is.
      { method: 'POST', path: CONFIG_MAPS, body: { metadata: { name: 'new' }, data: { a: HIDDEN } } },
    ]
    for (const asking of creates)
      for (const readable of [true, false]) {
        const cluster = createCluster({ secrets: [SECRET] })
        cluster.admission.add = () => ({ spec: { sidecar: 'one', suffix: Math.random() } })
        expect(await counts(cluster, asking, nothing, readable), JSON.stringify(asking)).toBe(true)
        const changed = (): void => void (cluster.admission.add = () => ({ spec: { sidecar: 'two', suffix: Math.random() } }))
        expect(await counts(cluster, asking, changed, readable), JSON.stringify(asking)).toBe(false)
      }
  })
})
