import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PolicyRule } from '../../../../domain/api/access-policy.ts'
import { liveGrant } from '../../../domain/builders.ts'
import { createFixture, type Fixture } from '../../gateway-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture()
  fixture.grants.push(liveGrant({ rules: [{ verbs: ['create'], resources: ['configmaps'], namespaces: ['shop'] }] }))
})
afterAll(() => fixture.stop())
beforeEach(() => {
  fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end('{}')
})

const object = (metadata: object): string => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
async function create(effect: PolicyRule['effect'], names: readonly string[], body: string, type = 'application/json'): Promise<string> {
  const rules: readonly PolicyRule[] = [{ name: 'payroll-alone', match: { verbs: ['create'], resources: ['configmaps'], names: [...names] }, effect }]
  Object.assign(fixture.policies[0]?.spec ?? {}, { rules })
  const { status } = await fixture.send('POST /api/v1/namespaces/shop/configmaps', [`Content-Type: ${type}`], body)
  return status === 200 ? 'created' : status === 403 ? 'refused' : `${status}`
}

describe('a create, whose path has no name', () => {
  it.each(['Deny', 'RequireApproval'] as const)('is decided by the name in its body, by a rule with effect %s', async (effect) => {
    expect(await create(effect, ['payroll'], object({ name: 'payroll' }))).toBe('refused')
    expect(await create(effect, ['other', '*'], object({ name: 'payroll' }))).toBe('refused')
    expect(await create(effect, ['payroll'], object({ name: 'other' }))).toBe('created')
    expect(await create(effect, ['payroll'], object({ generateName: 'payroll' }))).toBe('created')
  })
  it.each(['{"metadata":{"name":7}}', '{"metadata":"payroll"}', '[]', 'null', ''])('without a name in %j is left to kube-apiserver', async (body) => {
    expect(await create('Deny', ['payroll'], body)).toBe('created')
  })
  it.each(['{', '{"metadata":{"name":"payroll"},"metadata":{}}', '{"metadata":{"name":"payroll","name":"other"}}'])(
    'that kube-apiserver could read otherwise is refused: %s',
    async (body) => {
      expect(await create('Deny', ['payroll'], body)).toBe('400')
    },
  )
  it('is not allowed by its name: a rule that allows needs to know it before the body', async () => {
    fixture.grants.splice(0)
    expect(await create('Allow', ['payroll'], object({ name: 'payroll' }))).toBe('refused')
  })
})
