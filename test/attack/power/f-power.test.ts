import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { kubectl, uniqueName } from '../../cluster/environment.ts'
import { openHarness, type Harness } from '../harness.ts'
import { openOwnAgent } from '../oracles/own-policy.ts'

/** F. Writes that give power: an agent with every grant for writes that it can get, and the writes that are refused all the same. */
let harness: Harness
const WRITES = ['create', 'update', 'patch', 'delete']
const WRITTEN = ['configmaps', 'secrets', 'pods', 'services', 'bindings', 'pods/binding', 'serviceaccounts/token']
const RBAC_GROUP = 'rbac.authorization.k8s.io'
beforeAll(async () => {
  harness = await openHarness('attack-f')
  // A separate rule, since a request with a rule that can never be used is refused.
  await harness.grant({
    rules: [
      {
        verbs: WRITES,
        apiGroups: ['', RBAC_GROUP],
        resources: [...WRITTEN, 'roles', 'rolebindings'],
        namespaces: [harness.namespace],
      },
    ],
    durationSeconds: 600,
  })
})
afterAll(() => harness.finish())

/** Expects a refusal by policy, whatever was granted, before kube-apiserver sees the request. */
async function denied(line: string, body: object = {}): Promise<void> {
  const answer = await harness.json(line, body)
  expect(answer.status, `${line}: ${answer.text.slice(0, 300)}`).toBe(403)
  expect(answer.text, line).toContain('AccessPolicyEffect')
  harness.unseen(answer)
}
const RBAC = `${RBAC_GROUP}/v1`
const ADMISSION = '/apis/admissionregistration.k8s.io/v1'

const can = async (...args: readonly string[]): Promise<string> => (await kubectl('agent', ['-n', harness.namespace, 'auth', ...args])).stdout

describe('F. writes that give power', () => {
  it('F05 roles and bindings are refused, in the namespace of the grant and outside of it', async () => {
    for (const resource of ['roles', 'rolebindings'])
      for (const line of [
        `POST ${harness.in(resource, RBAC)}`,
        `PUT ${harness.in(`${resource}/x`, RBAC)}`,
        `PATCH ${harness.in(`${resource}/x`, RBAC)}`,
        `DELETE ${harness.in(`${resource}/x`, RBAC)}`,
      ])
        await denied(line, { metadata: { name: 'x' }, rules: [{ verbs: ['bind', 'escalate', 'impersonate'], apiGroups: ['*'], resources: ['*'] }] })
    for (const resource of ['clusterroles', 'clusterrolebindings']) await denied(`POST /apis/${RBAC}/${resource}`)
  })
  it('F06 webhooks, admission policies, APIServices, CRDs and flow control are refused', async () => {
    for (const path of [
      `${ADMISSION}/mutatingwebhookconfigurations`,
      `${ADMISSION}/validatingwebhookconfigurations`,
      `${ADMISSION}/validatingadmissionpolicies`,
      `${ADMISSION}/validatingadmissionpolicybindings`,
      '/apis/apiregistration.k8s.io/v1/apiservices',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
      '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations',
    ]) {
      await denied(`POST ${path}`)
      await denied(`PATCH ${path}/x`)
      await denied(`DELETE ${path}/x`)
    }
  })
  it('F07 our namespace, Services, EndpointSlices, NetworkPolicies, Leases, certificates and labels are refused', async () => {
    // No grant covers these; where one would, ValidatingAdmissionPolicy refuses: test/webhook.
    const paths = [
      '/api/v1/namespaces/jit-system/services/jit-gateway',
      '/api/v1/namespaces/jit-system/secrets/jit-gateway-tls',
      '/api/v1/namespaces/jit-system/configmaps/x',
      '/apis/discovery.k8s.io/v1/namespaces/jit-system/endpointslices/x',
      '/apis/networking.k8s.io/v1/namespaces/jit-system/networkpolicies/x',
      '/apis/coordination.k8s.io/v1/namespaces/jit-system/leases/x',
      '/apis/apps/v1/namespaces/jit-system/deployments/jit-gateway',
      '/api/v1/namespaces/jit-system',
    ]
    for (const path of paths) {
      const answer = await harness.json(`PATCH ${path}`, { metadata: { labels: { a: 'b' } } }, { type: 'application/merge-patch+json' })
      expect(answer.status, path).toBe(403)
      harness.unseen(answer)
      const deletion = await harness.heldOrAnswered(`DELETE ${path}`)
      expect([0, 403], path).toContain(deletion.status)
      harness.unseen(deletion)
    }
    for (const kind of ['accesspolicies', 'accessgrants']) await denied(`PATCH /apis/jit.access/v1/${kind}/x`, { metadata: { labels: { a: 'b' } } })
  })
  it('F07 a grant for our namespace that an approver gave by mistake is refused by admission, in dry runs too', async () => {
    const grant = await harness.grant({ rules: [{ verbs: ['create', 'patch'], resources: ['configmaps', 'services'], namespaces: ['jit-system'] }] })
    for (const [line, body] of [
      ['POST /api/v1/namespaces/jit-system/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }],
      ['PATCH /api/v1/namespaces/jit-system/services/jit-gateway', { spec: { selector: { app: 'mine' } } }],
    ] as const)
      for (const query of ['', '?dryRun=All']) {
        const answer = await harness.json(`${line}${query}`, body, {
          type: line.startsWith('PATCH') ? 'application/merge-patch+json' : 'application/json',
        })
        expect(answer.status).toBe(403)
        expect(answer.text).toContain('jit-access never lets an agent')
      }
    await harness.revoke(grant)
  })
  it('F08 owners and finalizers on requests neither keep objects alive nor delete any', async () => {
    const owner = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'copy',
      uid: '00000000-0000-0000-0000-000000000000',
      blockOwnerDeletion: true,
      controller: true,
    }
    const name = uniqueName('owned')
    const body = {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name, finalizers: ['example.com/forever'], ownerReferences: [owner] },
      spec: { reason: 'x', rules: [{ verbs: ['delete'], resources: ['configmaps'], namespaces: [harness.namespace] }] },
    }
    const filed = await harness.json('POST /apis/jit.access/v1/accessrequests', body)
    if (filed.status === 201) {
      const grant = await harness.approve(name)
      await harness.revoke(grant)
      expect((await harness.send(`DELETE ${harness.in('configmaps/none')}`, { token: harness.token })).status).toBe(404)
      const { metadata } = await harness.admin.json<AccessRequest>({ method: 'GET', path: `/apis/jit.access/v1/accessrequests/${name}` })
      expect(metadata).toMatchObject({ name })
    } else expect([403, 422]).toContain(filed.status)
    for (const line of ['PATCH', 'DELETE'])
      await denied(`${line} /apis/jit.access/v1/accessgrants/any`, { metadata: { finalizers: ['example.com/forever'], ownerReferences: [owner] } })
    await kubectl('admin', ['patch', 'accessrequest', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}'])
  })
  it('F09 nodes, their status and bindings are refused', async () => {
    await denied('POST /api/v1/nodes')
    await denied('PATCH /api/v1/nodes/node-1', { spec: { unschedulable: true } })
    await denied('PATCH /api/v1/nodes/node-1/status', { status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] } })
    await denied(`POST ${harness.in('bindings')}`, { target: { kind: 'Node', name: 'node-1' }, metadata: { name: 'x' } })
    await denied(`POST ${harness.in('pods/x/binding')}`, { target: { kind: 'Node', name: 'node-1' } })
  })
  it('F10 certificates, tokens and Secrets that hold tokens are refused', async () => {
    const certificates = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
    await denied(`POST ${certificates}`, { spec: { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'], request: '' } })
    await denied(`PUT ${certificates}/x/approval`)
    await denied(`PUT ${certificates}/x/status`)
    await denied(`POST ${harness.in('serviceaccounts/default/token')}`, { spec: {} })
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'default' } },
    }
    const answer = await harness.json(`POST ${harness.in('secrets')}`, secret)
    expect(answer.status).toBe(403)
    await expect(harness.admin.json({ method: 'GET', path: harness.in('secrets/token') })).rejects.toMatchObject({ code: 404 })
  })
  it('F12 reviews show an agent the permissions that it has, as the identity that is impersonated', async () => {
    expect((await can('can-i', 'create', 'configmaps')).trim()).toBe('no')
    expect((await can('can-i', 'get', 'secrets')).trim()).toBe('yes')
    expect((await can('can-i', 'impersonate', 'users')).trim()).toBe('no')
    const list = await can('can-i', '--list')
    expect(list).not.toMatch(/\*[.]\*|impersonate|escalate/)
    expect(list).toMatch(/secrets .*\[get list watch\]/)
    expect(await can('whoami')).toMatch(/jit[.]access:agents[^]*jit[.]access\/user +\[oidc:agent\]/)
  })
  it('X69 a condition refuses a pod that names a Secret, another account or the host, in every way of sending it', async () => {
    const suspicious =
      '(has(object.spec.volumes) && object.spec.volumes.exists(v, has(v.secret) || has(v.projected) || has(v.hostPath) || has(v.csi)))' +
      ' || (has(object.spec.serviceAccountName) && object.spec.serviceAccountName != "default") || has(object.spec.hostNetwork) || has(object.spec.hostPID)' +
      ' || has(object.spec.imagePullSecrets) || object.spec.containers.exists(c, has(c.envFrom) || (has(c.env) && c.env.exists(e, has(e.valueFrom))))'
    const agent = await openOwnAgent({
      rules: [{ name: 'no-power', match: { resources: ['pods'], verbs: ['create', 'update', 'patch'], condition: suspicious }, effect: 'Deny' }],
    })
    const rules = [{ verbs: ['create', 'patch'], resources: ['pods'], namespaces: [harness.namespace] }]
    const body = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: agent.policy }, spec: { rules } }
    expect((await harness.json('POST /apis/jit.access/v1/accessrequests', body, { token: agent.token })).status).toBe(201)
    await harness.approve(agent.policy)
    const container = { name: 'a', image: 'none.invalid/a' }
    const pod = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [container], ...spec } })
    const send = (name: string, spec: object, type = 'application/json') =>
      type === 'application/json'
        ? harness.json(`POST ${harness.in('pods')}`, pod(name, spec), { token: agent.token })
        : harness.json(`PATCH ${harness.in(`pods/${name}`)}?fieldManager=x`, pod(name, spec), { token: agent.token, type })
    for (const spec of [
      { volumes: [{ name: 's', secret: { secretName: 'db' } }] },
      { volumes: [{ name: 's', projected: { sources: [{ secret: { name: 'db' } }] } }] },
      { volumes: [{ name: 's', hostPath: { path: '/' } }] },
      { containers: [{ ...container, envFrom: [{ secretRef: { name: 'db' } }] }] },
      { containers: [{ ...container, env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] }] },
      { serviceAccountName: 'other' },
      { imagePullSecrets: [{ name: 'db' }] },
      { hostNetwork: true },
    ])
      for (const type of ['application/json', 'application/apply-patch+yaml']) {
        const answer = await send('evil', spec, type)
        expect(answer.status, JSON.stringify(spec)).toBe(403)
        harness.unseen(answer)
      }
    expect((await send('plain', { automountServiceAccountToken: false })).status).toBe(201)
    await agent.remove()
  })
})
