import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { kubectl } from '../../cluster/environment.ts'
import { openHarness, type Harness } from '../harness.ts'
import { openOwnAgent, type OwnAgent } from '../oracles/own-policy.ts'
import type { Answer } from '../oracles/raw-exchange.ts'

/** What an approver saw is what runs, and a requester sees only the part of it that it may read. */
let harness: Harness
let agent: OwnAgent
beforeAll(async () => {
  harness = await openHarness('attack-plans')
  agent = await openOwnAgent({
    rules: [
      { name: 'one-by-one', match: { resources: ['configmaps'], verbs: ['patch', 'delete', 'deletecollection'] }, effect: 'RequireApproval' },
      { name: 'unread', match: { resources: ['configmaps'], names: ['board'], verbs: ['get'] }, effect: 'Deny' },
    ],
    hold: { timeoutSeconds: 300 },
  })
})
afterAll(async () => {
  await agent.remove()
  await harness.finish()
})

const REQUESTS = '/apis/jit.access/v1/accessrequests'
const held = (path: string): Promise<AccessRequest> => harness.pending(path, ({ spec }) => spec.operation?.path === path)
async function configMap(name: string, data: object, labels: object = {}): Promise<string> {
  const path = harness.in('configmaps')
  await harness.admin.json({ method: 'POST', path, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data } })
  return `${path}/${name}`
}
const remove = (path: string): Promise<Answer> => harness.send(`DELETE ${path}`, { token: agent.token, seconds: 280 })

describe('X. a plan', () => {
  it('X83 an object that replaced the approved one is not deleted, and needs its own approval', async () => {
    const path = await configMap('taken', { what: 'rubbish' })
    const waiting = remove(path)
    const request = await held(path)
    await harness.admin.json({ method: 'DELETE', path })
    await configMap('taken', { what: 'rubbish' })
    await harness.approve(request.metadata.name)
    const answer = await waiting
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('ApprovalSpent')
    const next = await held(path)
    await harness.approve(next.metadata.name)
    expect((await remove(path)).status).toBe(200)
  })
  it('X84 a deletecollection deletes exactly what the plan showed', async () => {
    const path = `${harness.in('configmaps')}?labelSelector=set%3Dyes`
    await configMap('first', {}, { set: 'yes' })
    const waiting = remove(path)
    const request = await held(path)
    // A requester that may not read one of them by name may not list them either, so only approvers see the plan.
    expect(request.spec.operation?.diff).toBeUndefined()
    const plan = await harness.admin.json<AccessRequest>({ method: 'GET', path: `${REQUESTS}/${request.metadata.name}/plan` })
    expect(plan.spec.operation?.diff).toBe(`-${harness.namespace}/first`)
    const joined = await configMap('joined', {}, { set: 'yes' })
    await harness.approve(request.metadata.name)
    expect((await waiting).status).toBe(403)
    await harness.admin.json({ method: 'DELETE', path: joined })
    expect((await remove(path)).status).toBe(200)
  })
  it('X85 the plan hides an object from a requester that may not read it, and shows it to approvers', async () => {
    const canary = `c4nary${randomBytes(8).toString('hex')}`
    const path = await configMap('board', { plan: canary })
    const waiting = remove(path)
    const { name } = (await held(path)).metadata
    const own = await harness.send(`GET ${REQUESTS}/${name}`, { token: agent.token })
    expect(own.text).toContain('"planReaders":"Approvers"')
    expect(own.text).not.toContain(canary)
    expect((await harness.send(`GET ${REQUESTS}/${name}/plan`, { token: agent.token })).status).toBe(403)
    expect((await kubectl('approver', ['certify', 'show', name])).stdout).toContain(`-  plan: ${canary}`)
    await kubectl('approver', ['certify', 'deny', name, '--reason=no'])
    expect((await waiting).status).toBe(403)
  })
})
