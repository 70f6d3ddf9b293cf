import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccessPolicySpec } from '../../../domain/api/access-policy.ts'
import { policyMasking } from '../../../gateway/mask/policy-masking.ts'
import { createFixture, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture()
})
afterAll(() => fixture.stop())

const TOKEN = `ghp_${'a1B2'.repeat(9)}`
const policy = (masking: AccessPolicySpec['masking']) => ({
  apiVersion: 'jit.access/v1' as const,
  kind: 'AccessPolicy' as const,
  metadata: { name: 'p' },
  spec: { subjects: [], ...(masking === undefined ? {} : { masking }) },
})
const deployments = { apiGroup: 'apps', resource: 'deployments' }
const env = { apiGroups: ['apps'], resources: ['deployments'], paths: ['.spec.template.spec.containers[*].env[*].value'] }

it('hides the fields of every policy if group and resource match', () => {
  const policies = [
    policy({ fields: [env] }),
    policy({
      fields: [
        { resources: ['*'], paths: ['.a'] },
        { apiGroups: ['*'], resources: ['*'], paths: ['.b'] },
      ],
    }),
  ]
  expect(policyMasking(policies, deployments).fields).toEqual([...env.paths, '.b'])
  expect(policyMasking(policies, { apiGroup: '', resource: 'pods' }).fields).toEqual(['.a', '.b'])
  expect(policyMasking(policies, { apiGroup: '', resource: '' }).fields).toEqual([])
})

it('hides tokens unless all policies allow showing them', () => {
  const [shown, silent] = [policy({ tokenPatterns: false }), policy(undefined)]
  expect([[shown], [shown, silent], [silent], []].map((policies) => policyMasking(policies, deployments).tokens)).toEqual([false, true, true, true])
})

const places = ['shop', 'prod'].flatMap((namespace) => ['db', 'web'].flatMap((secret) => ['a', 'b'].map((key) => ({ namespace, secret, key }))))
const exemption = fc.record({
  namespace: fc.constantFrom('shop', 'prod'),
  secret: fc.constantFrom('db', 'web'),
  keys: fc.uniqueArray(fc.constantFrom<string>('a', 'b'), { minLength: 1 }),
})
const maskings = fc.option(fc.record({ exempt: fc.array(exemption, { maxLength: 6 }) }, { requiredKeys: [] }), { nil: undefined })

it('exempts a source exactly if there are policies and all of them exempt it', () =>
  fc.assert(
    fc.property(fc.array(maskings, { maxLength: 4 }), (all) => {
      const { exempt } = policyMasking(all.map(policy), deployments)
      for (const { namespace, secret, key } of places) {
        const by = all.map((masking) =>
          (masking?.exempt ?? []).some((one) => one.namespace === namespace && one.secret === secret && one.keys.includes(key)),
        )
        expect(exempt?.({ namespace, secret, key }) ?? false).toBe(by.length > 0 && !by.includes(false))
      }
    }),
    { numRuns: 1000 },
  ))

it('exempts only one key of one Secret in one namespace, wherever names are split', () => {
  const { exempt } = policyMasking([policy({ exempt: [{ namespace: 'a', secret: 'b-c', keys: ['d.e'] }] })], deployments)
  const is = (namespace: string, secret: string, key: string) => exempt?.({ namespace, secret, key })
  expect([is('a', 'b-c', 'd.e'), is('a-b', 'c', 'd.e'), is('a', 'b', 'c-d.e'), is('a', 'b-c', 'd'), is('a', 'b-c', 'D.E')]).toEqual([
    true,
    false,
    false,
    false,
    false,
  ])
})

it('masks fields that the policy names, and tokens, in a response', async () => {
  const body = { spec: { template: { spec: { containers: [{ env: [{ name: 'A', value: 'plain' }], args: [TOKEN] }] } } } }
  fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  const read = async () => (await fixture.send('GET /apis/apps/v1/namespaces/shop/deployments/web')).body
  expect(await read()).toContain('"plain"')
  expect(await read()).not.toContain(TOKEN)
  Object.assign(fixture.policies[0]?.spec ?? {}, { masking: { fields: [env], tokenPatterns: false } })
  expect(await read()).not.toContain('"plain"')
  expect(await read()).toContain(TOKEN)
})

it('masks tokens in a log', async () => {
  Object.assign(fixture.policies[0]?.spec ?? {}, { masking: {} })
  fixture.state.reply = (_, response) => response.setHeader('content-type', 'text/plain').end(`using ${TOKEN}\n`)
  expect((await fixture.send('GET /api/v1/namespaces/shop/pods/web/log')).body).toBe('using [jit.access/masked]\n')
})

it('withholds warnings about an object whose fields a policy hides, since they may quote them', async () => {
  const [agents] = fixture.policies
  if (agents === undefined) throw new Error('no policy')
  Object.assign(agents.spec, { masking: { fields: [{ resources: ['configmaps'], paths: ['.data.pin'] }] } })
  fixture.state.reply = (request, response) => {
    const kind = request.url?.includes('/pods/') === true ? 'Pod' : 'ConfigMap'
    response.writeHead(200, { 'content-type': 'application/json', warning: '299 - "pin 4711 is weak"' })
    response.end(JSON.stringify({ apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'shop' } }))
  }
  const hidden = await fixture.send('GET /api/v1/namespaces/shop/configmaps/x')
  expect(hidden.status).toBe(200)
  expect(hidden.head).toContain('withheld')
  expect(hidden.head).not.toContain('4711')
  expect((await fixture.send('GET /api/v1/namespaces/shop/pods/x')).head).toContain('4711')
})
