import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PolicyRule } from '../../../../domain/api/access-policy.ts'
import { liveGrant } from '../../../domain/builders.ts'
import { createFixture, type Fixture } from '../../gateway-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture()
  fixture.grants.push(liveGrant({ rules: [{ verbs: ['patch', 'update'], resources: ['configmaps'], namespaces: ['shop'] }] }))
})
afterAll(() => fixture.stop())

const PATH = '/api/v1/namespaces/shop/configmaps/x'
const WRITES = [
  ['server-side apply', `PATCH ${PATH}?fieldManager=x`, 'application/apply-patch+yaml'],
  ['PUT', `PUT ${PATH}`, 'application/json'],
] as const
const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } })

function upstreamHas(exists: boolean): void {
  fixture.state.reply = (request, response) => {
    const found = exists || request.method !== 'GET'
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
    response.end(found ? body : JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }))
  }
}
const rule = (effect: PolicyRule['effect'], condition?: string) => {
  const match = { verbs: ['create'], resources: ['configmaps'], ...(condition === undefined ? {} : { condition }) }
  const rules: readonly PolicyRule[] = [{ name: 'none-new', match, effect }]
  Object.assign(fixture.policies[0]?.spec ?? {}, { rules })
}
const written = (): boolean => fixture.seen.some(({ line }) => !line.startsWith('GET') && !line.includes('dryRun='))

describe.each(WRITES)('a %s with a grant to patch and update', (_, line, type) => {
  beforeEach(() => void (fixture.seen.length = 0))
  it.each(['Deny', 'RequireApproval'] as const)('creates nothing when a rule has effect %s for create', async (effect) => {
    rule(effect)
    upstreamHas(false)
    const answer = await fixture.send(line, [`Content-Type: ${type}`], body)
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('none-new')
    expect(written()).toBe(false)
  })
  it('updates an existing object', async () => {
    rule('Deny')
    upstreamHas(true)
    expect((await fixture.send(line, [`Content-Type: ${type}`], body)).status).toBe(200)
    expect(written()).toBe(true)
  })
  it.each([
    [403, 403],
    [500, 503],
    [429, 503],
  ])('creates nothing when the read of the object fails: %i gives %i', async (read, code) => {
    rule('Deny')
    fixture.state.reply = (request, response) =>
      void response.writeHead(request.method === 'GET' ? read : 200, { 'content-type': 'application/json' }).end(body)
    expect((await fixture.send(line, [`Content-Type: ${type}`], body)).status).toBe(code)
    expect(written()).toBe(false)
  })
  it.each([
    ['object.metadata.name == "x"', 403],
    ['object.metadata.name == "y"', 200],
    ['object.spec.none == 1', 503],
  ])('evaluates a condition on the object that would be created: %s gives %i', async (condition, code) => {
    rule('Deny', condition)
    upstreamHas(false)
    expect((await fixture.send(line, [`Content-Type: ${type}`], body)).status).toBe(code)
    expect(written()).toBe(code === 200)
  })
  it('does not read the object when no rule restricts create', async () => {
    rule('RequireGrant')
    upstreamHas(false)
    await fixture.send(line, [`Content-Type: ${type}`], body)
    expect(fixture.seen.map(({ line: sent }) => sent.split(' ')[0])).toEqual([line.split(' ')[0]])
  })
})
