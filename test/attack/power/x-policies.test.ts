import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { uniqueName } from '../../cluster/environment.ts'
import { expectWithinASecond, timed } from '../../cluster/within-a-second.ts'
import { until } from '../../until.ts'
import { openHarness, type Harness, type Attack } from '../harness.ts'
import type { Answer } from '../oracles/raw-exchange.ts'
import { ownPolicies } from '../own-policies.ts'

/** X. Interactions of policies: several policies, several namespaces, and a policy that changes. */
let harness: Harness
const JIT = '/apis/jit.access/v1'
beforeAll(async () => {
  harness = await openHarness('attack-policies')
})
afterAll(async () => {
  await remove()
  await harness.finish()
})

const { policy, agent, ready, remove } = ownPolicies(() => harness)

function asked(as: Attack, under: string, rule: object, name = uniqueName('ask')): Promise<Answer> {
  const spec = { reason: 'attack', policy: under, rules: [{ namespaces: [harness.namespace], ...rule }] }
  return harness.json(`POST ${JIT}/accessrequests`, { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec }, as)
}
async function granted(as: Attack, under: string, rule: object): Promise<void> {
  const name = uniqueName('ask')
  const filed = await asked(as, under, rule, name)
  expect(filed.status, filed.text).toBe(201)
  await harness.approve(name)
}

describe('X. policies', () => {
  it('X52 the stricter of two policies determines the approvers', async () => {
    const { user, as } = await agent()
    const lax = await policy(user, { rules: [{ name: 'all', match: { apiGroups: [''], resources: ['configmaps'] }, effect: 'Allow' }] })
    const strict = await policy(user, {})
    await ready(as, lax, strict)
    const rule = { verbs: ['patch'], resources: ['configmaps'], resourceNames: ['copy'] }
    const write = () =>
      harness.json(`PATCH ${harness.in('configmaps/copy')}`, { metadata: { labels: { a: 'b' } } }, { ...as, type: 'application/merge-patch+json' })
    const useless = await asked(as, lax, rule)
    expect(useless.status, useless.text).toBe(422)
    expect(useless.text).toContain(strict)
    const refused = await write()
    expect(refused.status, refused.text).toBe(403)
    harness.unseen(refused)
    await granted(as, strict, rule)
    expect((await write()).status).toBe(200)
  })
  it('X53 a list of all namespaces does not show a denied namespace', async () => {
    const { user, as } = await agent()
    await ready(as, await policy(user, { rules: [{ name: 'not-here', match: { namespaces: [harness.namespace] }, effect: 'Deny' }] }))
    for (const line of [
      `GET ${harness.in('configmaps')}`,
      'GET /api/v1/configmaps',
      'GET /api/v1/configmaps?watch=1&timeoutSeconds=1',
      'GET /api/v1/watch/configmaps?timeoutSeconds=1',
      `GET /api/v1/configmaps?fieldSelector=metadata.namespace%3D${harness.namespace}`,
      `GET /api/v1/configmaps?fieldSelector=metadata.name%3Dcopy`,
      // It would show the Namespace itself.
      'GET /api/v1/namespaces',
    ]) {
      const answer = await harness.send(line, as)
      expect(answer.status, line).toBe(403)
      harness.unseen(answer)
    }
    for (const line of ['GET /api/v1/namespaces/default/configmaps', 'GET /api/v1/namespaces/default'])
      expect((await harness.send(line, as)).status, line).toBe(200)
  })
  it('X54 a watch ends within a second after the policy denies it', async () => {
    const { user, as } = await agent()
    const name = await policy(user, {})
    await ready(as, name)
    const path = `${JIT}/accesspolicies/${name}`
    const change = (rules: readonly object[] | null): Promise<unknown> =>
      harness.admin.json({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body: { spec: { rules } } })
    await expectWithinASecond(async () => {
      await change(null)
      const watching = await until('a watch is open', async () => {
        const live = await harness.open(`GET ${harness.in('configmaps')}?watch=1&timeoutSeconds=300`, as)
        await live.arrived(/\n$/)
        return live.answer().status === 200 && live
      })
      const cause = await timed(() => change([{ name: 'stop', effect: 'Deny' }]))
      const effect = await timed(() => watching.ended)
      expect(watching.answer().text).toContain('the gateway has ended the watch: its grant was revoked, or a policy changed')
      return { cause, effect }
    })
  })
  it('X79 a condition on the object denies it in every format in which it is sent', async () => {
    const { user, as } = await agent()
    const name = await policy(user, {
      rules: [
        {
          name: 'untaken',
          match: { apiGroups: [''], resources: ['configmaps'], condition: 'object != null && has(object.data.taken)' },
          effect: 'Deny',
        },
      ],
    })
    await ready(as, name)
    await granted(as, name, { verbs: ['patch', 'update'], resources: ['configmaps'], resourceNames: ['copy'] })
    const path = harness.in('configmaps/copy')
    const merged = { data: { taken: 'x' } }
    const whole = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'copy' }, ...merged }
    for (const [line, type, body] of [
      [`PATCH ${path}`, 'application/merge-patch+json', merged],
      [`PATCH ${path}`, 'application/strategic-merge-patch+json', merged],
      [`PATCH ${path}`, 'application/json-patch+json', [{ op: 'add', path: '/data/taken', value: 'x' }]],
      [`PATCH ${path}`, 'application/json-patch+json', [{ op: 'copy', from: '/data/a', path: '/data/taken' }]],
      [`PATCH ${path}?fieldManager=x&force=true`, 'application/apply-patch+yaml', whole],
      [`PUT ${path}`, 'application/json', whole],
    ] as const) {
      const answer = await harness.json(line, body, { ...as, type })
      expect([answer.status, answer.text], type).toEqual([403, expect.stringContaining('rule \\"untaken\\"')])
      harness.unseen(answer)
    }
    const free = await harness.json(`PATCH ${path}`, { data: { free: 'x' } }, { ...as, type: 'application/merge-patch+json' })
    expect(free.status, free.text).toBe(200)
  })
  it('X55 an object that is denied by name is not deleted with its collection', async () => {
    const { user, as } = await agent()
    const kept = uniqueName('kept')
    const labels = { of: kept }
    for (const each of [kept, `${kept}-not`])
      await harness.admin.json({
        method: 'POST',
        path: harness.in('configmaps'),
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: each, labels } },
      })
    const name = await policy(user, {
      rules: [
        { name: 'keep', match: { resources: ['configmaps'], names: [kept] }, effect: 'Deny' },
        { name: 'rest', match: { verbs: ['deletecollection'], resources: ['configmaps'] }, effect: 'RequireGrant' },
      ],
    })
    await ready(as, name)
    expect((await asked(as, name, { verbs: ['deletecollection'], resources: ['configmaps'] })).status).toBe(422)
    const refused = await harness.send(`DELETE ${harness.in('configmaps')}?labelSelector=of%3D${kept}`, as)
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('rule \\"keep\\"')])
    harness.unseen(refused)
    expect(await harness.admin.json({ method: 'GET', path: harness.in(`configmaps/${kept}`) })).toMatchObject({ metadata: { name: kept } })
  })
  it('X56 a request drops owners and finalizers, so it neither disappears early nor outlives its deletion', async () => {
    const name = uniqueName('vanish')
    const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'none', uid: '00000000-0000-4000-8000-000000000000' }
    const metadata = { name, finalizers: ['example.com/forever'], ownerReferences: [owner] }
    const spec = { reason: 'x', rules: [{ verbs: ['delete'], resources: ['pods'], namespaces: [harness.namespace] }] }
    const filed = await harness.json(`POST ${JIT}/accessrequests`, { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata, spec })
    expect(filed.status, filed.text).toBe(201)
    const stored = await harness.admin.json<AccessRequest>({ method: 'GET', path: `${JIT}/accessrequests/${name}` })
    expect(stored.metadata.finalizers).toBeUndefined()
    expect(stored.metadata.ownerReferences).toBeUndefined()
    await harness.admin.json({ method: 'DELETE', path: `${JIT}/accessrequests/${name}` })
    await expect(harness.admin.json({ method: 'GET', path: `${JIT}/accessrequests/${name}` })).rejects.toMatchObject({ code: 404 })
  })
})
