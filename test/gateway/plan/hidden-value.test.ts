import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makePlan } from '../../../gateway/plan/make-plan.ts'
import { createCluster, plannedFor } from './fake-cluster.ts'

const PATH = '/api/v1/namespaces/shop/configmaps'
const CANARY = `c4nary-${randomBytes(12).toString('hex')}`

describe('a plan that hides a value', () => {
  it('has a hash that does not depend on the value, and changes with the object', async () => {
    const secrets = [{ namespace: 'shop', secret: 'db', key: 'password', value: Buffer.from(CANARY) }]
    const cluster = createCluster({ secrets })
    const other = createCluster({ secrets })
    cluster.put('one', { data: { url: CANARY } })
    other.put('one', { data: { url: 'guess' } })
    const planned = plannedFor({ method: 'DELETE', path: `${PATH}/one` })
    const { hashes, shown } = await makePlan(planned, cluster.deps, 'show')
    expect(shown.diff).not.toContain(CANARY)
    expect((await makePlan(planned, other.deps, 'check')).hashes.at(0)).not.toBe(hashes[0])
    expect((await makePlan(planned, cluster.deps, 'check')).hashes).toContain(hashes[0])
    cluster.put('one', { data: { url: `${CANARY}2` } })
    expect((await makePlan(planned, cluster.deps, 'check')).hashes).not.toContain(hashes[0])
  })
})
