import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PolicyRule } from '../../../domain/api/access-policy.ts'
import { put, serveApi, user, type Served } from './served-api.ts'
import { policy } from '../../domain/builders.ts'

const agent = user('oidc:agent', 'oidc:agents', 'system:authenticated')
let api: Served
beforeAll(async () => void (api = await serveApi(Date.now())))
afterAll(() => api.close())

async function ask(
  rules: readonly PolicyRule[],
  asked: object,
): Promise<{ readonly allowed?: boolean; readonly message?: string; readonly effect?: string }> {
  await put(api.store, 'accesspolicies', policy('agents', { rules }))
  const body = {
    apiVersion: 'jit.access/v1',
    kind: 'AccessReview',
    spec: { group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web', ...asked },
  }
  const answer = await api.send(agent, 'POST accessreviews', { body })
  expect(answer.code, answer.text).toBe(201)
  return answer.body['status'] as object
}
const few = (effect: PolicyRule['effect'], condition: string): PolicyRule => ({ name: 'few', effect, match: { condition } })

it('reports that the result depends on the object, or the result if it does not', async () => {
  const depends = { allowed: false, message: expect.stringMatching('depends on the object.*rule "few"') as string }
  expect(await ask([few('Allow', 'object.spec.replicas <= 3')], { verb: 'patch' })).toMatchObject(depends)
  expect(await ask([few('Deny', 'object.spec.replicas > 3')], { verb: 'patch' })).toMatchObject(depends)
  const elsewhere = 'request.namespace == "bank" && object.spec.replicas > 3'
  expect(await ask([few('Deny', elsewhere), { name: 'rest', effect: 'Allow' }], { verb: 'patch' })).toMatchObject({ allowed: true })
  expect(await ask([few('Allow', 'object == null'), { name: 'rest', effect: 'Deny' }], { verb: 'get' })).toMatchObject({ allowed: true })
})
