import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createPlaceholders } from '../../../domain/mask/secret/placeholders.ts'
import { makePlan } from '../../../gateway/plan/make-plan.ts'
import { commonOf } from '../../../gateway/plan/plan-hash.ts'
import type { PlanDependencies } from '../../../gateway/plan/plan.ts'
import { createCluster, plannedFor } from './fake-cluster.ts'

const PATH = '/api/v1/namespaces/shop/configmaps'
const CANARY = `c4nary-${randomBytes(12).toString('hex')}`

/** A gateway with another key. */
const keyed = (deps: PlanDependencies, key: number): PlanDependencies => ({
  ...deps,
  masking: { ...deps.masking, placeholders: (session) => createPlaceholders({ key: Buffer.alloc(32, key), session }) },
})

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

describe('what approvals are bound to', () => {
  const CREATE = { method: 'POST', path: PATH, body: { metadata: { name: 'new' }, data: { a: '1' } } } as const
  /** The hash that the agent sees of a create, with another key of the gateway. */
  async function seen(key: number, { hidden, readable }: { readonly hidden: boolean; readonly readable: boolean }): Promise<string> {
    const cluster = createCluster({ secrets: [{ namespace: 'shop', secret: 'db', key: 'password', value: Buffer.from(CANARY) }] })
    cluster.admission.add = () => ({ spec: { added: hidden ? CANARY : 'none' } })
    const deps = keyed(cluster.deps, key)
    return (await makePlan(plannedFor(CREATE, { mayRead: () => readable }), deps, 'show')).hashes[0]
  }

  it.each([
    [false, true, 'is not keyed, since the agent may read all of it'],
    [true, true, 'is keyed where a value is hidden'],
    [false, false, 'is keyed where the agent may not read it'],
  ])('of what a create makes (hidden %s, readable %s) %s', async (hidden, readable) => {
    const hash = await seen(1, { hidden, readable })
    expect(await seen(1, { hidden, readable })).toBe(hash)
    expect((await seen(2, { hidden, readable })) === hash).toBe(!hidden && readable)
  })

  it.each([
    [false, true, 'its content, which the agent may read, whatever its version is'],
    [true, true, 'its version, where a value is hidden'],
    [false, false, 'its version, where the agent may not read it'],
  ])('of a target without a generation (hidden %s, readable %s) it is %s', async (hidden, readable) => {
    const cluster = createCluster({ secrets: [{ namespace: 'shop', secret: 'db', key: 'password', value: Buffer.from(CANARY) }] })
    const planned = plannedFor({ method: 'POST', path: '/api/v1/namespaces/shop/services/web:80/proxy/x', body: {} }, { mayRead: () => readable })
    const hashNow = async (): Promise<string> => {
      cluster.put('web', { spec: { note: hidden ? CANARY : 'none' } })
      return (await makePlan(planned, cluster.deps, 'show')).hashes[0]
    }
    expect((await hashNow()) === (await hashNow())).toBe(!hidden && readable)
  })

  it('with a value that is put back is the same in every replica, and does not answer guesses without the key', async () => {
    const cluster = createCluster()
    cluster.put('one', { data: { url: 'old' } })
    const planned = plannedFor(
      { method: 'PUT', path: `${PATH}/one`, body: { data: { url: 'masked' } } },
      { sends: Buffer.from('{"data":{"url":"value"}}') },
    )
    const { hashes } = await makePlan(planned, cluster.deps, 'show')
    expect((await makePlan(planned, keyed(cluster.deps, 8), 'check')).hashes).not.toContain(hashes[0])
    // Nothing else that differs between processes is part of it.
    expect(commonOf(planned, (text) => `MAC of ${text}`)).toEqual([planned.digest, 'MAC of {"data":{"url":"value"}}'])
  })
})
