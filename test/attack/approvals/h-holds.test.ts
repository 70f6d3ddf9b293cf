import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { uniqueName } from '../../cluster/environment.ts'
import { until } from '../../until.ts'
import { openHarness, type Harness } from '../harness.ts'

/** H. Approvals and holds of the installed gateway: forged, revoked, repeated and abandoned. */
let harness: Harness
const MERGE = 'application/merge-patch+json'
const JIT = '/apis/jit.access/v1'
beforeAll(async () => void (harness = await openHarness('attack-held')))
afterAll(() => harness.finish())

describe('H. approvals', () => {
  it('H03 X32 an agent cannot approve, neither its own requests nor by forging fields that the server sets', async () => {
    const name = uniqueName('forged')
    const condition = { type: 'Approved', status: 'True', reason: 'x' }
    const body = {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name },
      spec: {
        reason: 'x',
        requester: { username: 'oidc:approver' },
        rules: [{ verbs: ['delete'], resources: ['pods'], namespaces: [harness.namespace] }],
      },
      status: { conditions: [condition], grantName: 'x' },
    }
    const filed = await harness.json(`POST ${JIT}/accessrequests`, body)
    expect(filed.status).toBe(201)
    const stored = await harness.admin.json<AccessRequest>({ method: 'GET', path: `${JIT}/accessrequests/${name}` })
    expect(stored.spec.requester?.username).toBe('oidc:agent')
    expect(stored.status?.conditions ?? []).toEqual([])
    for (const subresource of ['approval', 'status']) {
      const answer = await harness.json(`PUT ${JIT}/accessrequests/${name}/${subresource}`, { ...stored, status: { conditions: [condition] } })
      expect([403, 404]).toContain(answer.status)
    }
    const operation = await harness.json(`POST ${JIT}/accessrequests`, {
      ...body,
      metadata: { name: uniqueName('forged') },
      spec: { ...body.spec, operation: { method: 'DELETE', path: '/', digest: 'a'.repeat(64), summary: 'harmless' } },
    })
    expect(operation.status).toBeGreaterThanOrEqual(400)
  })
  it('H10 X33 the first write after a revocation is refused', async () => {
    const rules = [{ verbs: ['delete'], resources: ['configmaps'], namespaces: [harness.namespace] }]
    for (let round = 0; round < 5; round++) {
      const grant = await harness.grant({ rules })
      await harness.revoke(grant)
      expect((await harness.send(`DELETE ${harness.in('configmaps/none')}`)).status).toBe(403)
    }
  })
})

const deployment = async (name: string): Promise<string> => {
  const labels = { app: name }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'none.invalid/a' }] } }
  const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas: 0, selector: { matchLabels: labels }, template } }
  await harness.admin.json({ method: 'POST', path: harness.in('deployments', 'apps/v1'), body })
  return harness.in(`deployments/${name}`, 'apps/v1')
}

describe('H. held operations', () => {
  it('H01 H02 an approval covers the exact operation once: another query is held again, and so is a replay', async () => {
    const path = await deployment('once')
    const { live, request } = await harness.hold(`DELETE ${path}`)
    await harness.approve(request.metadata.name)
    expect((await live.ended).status).toBe(200)
    const again = await deployment('once')
    for (const target of [again, `${again}?gracePeriodSeconds=0`]) {
      const answer = await harness.heldOrAnswered(`DELETE ${target}`)
      expect([0, 403]).toContain(answer.status)
    }
    expect(await harness.admin.json({ method: 'GET', path: again })).toMatchObject({ metadata: { name: 'once' } })
  })
  it('H12 X82 an abandoned operation is not replayed on approval, and passes once when the client repeats it', async () => {
    const path = await deployment('left')
    const { live, request } = await harness.hold(`DELETE ${path}`)
    live.leave()
    await until('the gateway has seen the client leave', async () => (await harness.holding()) === 0)
    await harness.approve(request.metadata.name)
    expect(await harness.admin.json({ method: 'GET', path })).toMatchObject({ metadata: { name: 'left' } })
    expect((await harness.send(`DELETE ${path}`)).status).toBe(200)
    const again = await deployment('left')
    expect([0, 403]).toContain((await harness.heldOrAnswered(`DELETE ${again}`)).status)
    expect(await harness.admin.json({ method: 'GET', path: again })).toMatchObject({ metadata: { name: 'left' } })
  })
  it('X35 requests pipelined behind a held one are decided separately, and its approval does not cover them', async () => {
    const path = await deployment('pipe')
    const head = `Host: localhost\r\nAuthorization: Bearer ${harness.token}\r\n`
    const other = harness.in('deployments/other', 'apps/v1')
    const piped = harness.raw(
      `DELETE ${path} HTTP/1.1\r\n${head}\r\nPATCH ${other} HTTP/1.1\r\n${head}Content-Type: ${MERGE}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    )
    const request = await harness.pending(path, ({ spec }) => spec.operation?.path === path)
    await harness.approve(request.metadata.name)
    expect([...(await piped).raw.toString('latin1').matchAll(/HTTP\/1[.]1 (\d+)/g)].map(([, code]) => code)).toEqual(['200', '403'])
  })
})
