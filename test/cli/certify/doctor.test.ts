import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Section, FindingVerdict } from '../../../domain/doctor/finding.ts'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'
import { lockPath, type AdmissionLock } from '../../../domain/admission-lock.ts'
import { governedExpression } from '../../../domain/policy/governed-expression.ts'
import { manifestsIn } from '../../manifest/overlay.ts'
import { fakeIO } from '../../fakes/io.ts'
import { bind, ISSUERS, RBAC, set, webhookWith, WEBHOOK, type Change, type Objects } from '../doctor-objects.ts'
import { runCertify } from '../run-certify.ts'

const SERVICE = '/apis/apiregistration.k8s.io/v1/apiservices/v1.jit.access'
const POLICIES = '/apis/jit.access/v1/accesspolicies'
const SECRETS = '/api/v1/secrets'
const KINDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const PODS = '/api/v1/namespaces/jit-system/pods'
const SECRET = '/api/v1/namespaces/jit-system/secrets/jit-webhook-tls'
const PARTS = ['jit-gateway', 'jit-apiserver', 'jit-webhook']
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/jit-system/leases/jit-access-controller'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
let pem: { ca: string; other: string; cert: string; old: string }
beforeAll(async () => {
  const [authority, stranger] = await Promise.all([createAuthority('ours'), createAuthority('theirs')])
  const pair = await authority.issue({ commonName: 'jit', usage: 'server', dns: ['jit'] })
  pem = { ca: base64(authority.cert), other: base64(stranger.cert), cert: base64(pair.cert), old: 'bm9uZQ==' }
})

const CONDITIONS = [{ name: 'governed', expression: governedExpression({ users: [], groups: ['oidc:agents'] }) }]
const NAMES = '/api/v1/namespaces/jit-system/configmaps/jit-access-governed'
/** The admission policies and their bindings, as shipped. */
const LOCKS = ['admission-policy', 'parts-policy']
  .flatMap((file) => manifestsIn(readFileSync(`kustomize/base/${file}.yaml`, 'utf8')))
  .filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'))
const group = (name: string) => ({ kind: 'Group', name })
const binding = (name: string, role: string, subject: object, namespace?: string) => ({
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  roleRef: { kind: 'ClusterRole', name: role },
  subjects: [subject],
})
const role = (name: string, verbs: readonly string[], apiGroups: readonly string[], resources: readonly string[]) => ({
  metadata: { name },
  rules: [{ verbs, apiGroups, resources }],
})
const condition = (type: string, status: string, more: object = {}) => ({ type, status, observedGeneration: 1, ...more })
const policy = (conditions: readonly object[]) => ({
  metadata: { name: 'coding', generation: 1 },
  spec: { subjects: [group('oidc:agents')] },
  status: { conditions },
})

const STRONG = randomBytes(24).toString('base64url')
const credential = (namespace: string, name: string, data: { readonly [key: string]: string }, type = 'Opaque') => ({
  type,
  metadata: { namespace, name },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
})
/** An installation without problems, as kube-apiserver returns it. */
function sound(): Objects {
  return {
    [SERVICE]: { spec: { caBundle: pem.ca }, status: { conditions: [condition('Available', 'True')] } },
    [WEBHOOK]: {
      webhooks: [
        {
          name: 'governed.jit.access',
          failurePolicy: 'Fail',
          matchConditions: CONDITIONS,
          clientConfig: { caBundle: pem.ca },
          rules: [{ apiGroups: ['*'], resources: ['*/*'], operations: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] }],
        },
      ],
    },
    ...Object.fromEntries(LOCKS.map((object) => [lockPath({ kind: object.kind as AdmissionLock['kind'], name: object.metadata.name }), object])),
    [NAMES]: { data: { users: '', groups: 'oidc:agents\noidc:others' } },
    [PODS]: {
      items: [...PARTS, 'jit-controller'].map((name) => ({
        metadata: { name, labels: { 'app.kubernetes.io/name': name } },
        status: { conditions: [condition('Ready', 'True')] },
      })),
    },
    '/apis/discovery.k8s.io/v1/namespaces/jit-system/endpointslices': {
      items: PARTS.map((name) => ({ metadata: { name, labels: { 'kubernetes.io/service-name': name } }, endpoints: [{ addresses: ['10.0.0.1'] }] })),
    },
    ...Object.fromEntries(PARTS.map((name) => [`/api/v1/namespaces/jit-system/secrets/${name}-tls`, { data: { 'tls.crt': pem.cert } }])),
    [POLICIES]: { items: [policy([condition('Ready', 'True')])] },
    ['/apis/jit.access/v1/accesssuspensions']: { items: [] },
    [LEASE]: { spec: { holderIdentity: 'jit-controller-x_1', renewTime: new Date().toISOString() } },
    [SECRETS]: { items: [credential('shop', 'db', { password: STRONG, username: 'postgres' })] },
    [`${RBAC}/clusterroles`]: {
      items: [
        role('cluster-admin', ['*'], ['*'], ['*']),
        role('jit-agent', ['create'], ['jit.access'], ['accessrequests']),
        role('edit', ['create', 'delete'], [''], ['pods']),
        {
          metadata: { name: 'jit-approver' },
          rules: [
            { verbs: ['update'], apiGroups: ['jit.access'], resources: ['accessrequests/approval'] },
            { verbs: ['certify'], apiGroups: ['jit.access'], resources: ['accesspolicies'] },
          ],
        },
      ],
    },
    [`${RBAC}/roles`]: { items: [] },
    [KINDS]: { items: [] },
    [ISSUERS]: { data: { 'a.yaml': 'groupsPrefix: "oidc:"' } },
    [`${RBAC}/clusterrolebindings`]: {
      items: [
        binding('cluster-admin', 'cluster-admin', group('system:masters')),
        binding('baseline', 'jit-agent', group('jit.access:baseline:coding')),
        binding('elevated', 'edit', group('jit.access:elevated:coding')),
        binding('approvers', 'jit-approver', group('oidc:approvers')),
      ],
    },
    [`${RBAC}/rolebindings`]: { items: [] },
  }
}

const DENIED = {
  default: 'admission webhook "governed.jit.access" denied the request: no AccessPolicy governs you',
  'jit-system': 'ValidatingAdmissionPolicy denied request: jit-access never lets an agent touch the namespace jit-system',
}

async function examine(objects: Objects, tried: { readonly [namespace: string]: string | undefined } = DENIED) {
  const gets = Object.entries(objects).map(([path, value]) => [
    `GET ${path}`,
    () => {
      if (value instanceof Error) throw value
      return value
    },
  ])
  const io = fakeIO({
    ...(Object.fromEntries(gets) as object),
    'POST /api/v1/namespaces/jit-system/services/https:jit-webhook:443/proxy/validate': () => {
      throw new KubectlError('ServiceUnavailable', 'error trying to reach service: remote error: tls: certificate required')
    },
    'TEXT create': (args: readonly string[]) => {
      expect(args.find((arg) => arg.includes('/configmaps'))).toContain('?dryRun=All')
      const said = tried[args.some((arg) => arg.includes('/jit-system/')) ? 'jit-system' : 'default']
      if (said !== undefined) throw new KubectlError('Forbidden', said)
      return '{}'
    },
  })
  const now = { ...io, clock: { nowMs: () => Date.now() } }
  const code = await runCertify(now, ['doctor', '-o', 'json'])
  const { sections } = JSON.parse(io.printed()) as { readonly sections: readonly Section[] }
  const of = (verdict: FindingVerdict): readonly string[] =>
    sections.flatMap(({ findings }) => findings.filter((finding) => finding.verdict === verdict).map(({ message }) => message))
  return { code, bad: of('bad'), unknown: of('unknown'), warning: of('warning'), good: of('good') }
}

const webhookPod = (ready: string) => ({
  metadata: { name: 'w', labels: { 'app.kubernetes.io/name': 'jit-webhook' } },
  status: { conditions: [condition('Ready', ready)] },
})

const changed = (...changes: readonly Change[]): Objects => {
  const objects = sound()
  for (const change of changes) change(objects)
  return objects
}

describe('the doctor', () => {
  it('finds no problem in a sound installation', async () => {
    const { code, bad, unknown, warning, good } = await examine(sound())
    expect({ code, bad, unknown, warning }).toEqual({ code: 0, bad: [], unknown: [], warning: [] })
    expect(good.length).toBeGreaterThan(25)
  })
  it.each<readonly [string, RegExp, Change]>([
    ['no APIService', /there is no APIService/, (objects) => void delete objects[SERVICE]],
    [
      'an API server that cannot be reached',
      /is not Available: no route/,
      set(SERVICE, () => ({ spec: { caBundle: pem.ca }, status: { conditions: [condition('Available', 'False', { message: 'no route' })] } })),
    ],
    ['an APIService without CA', /has no caBundle/, set(SERVICE, () => ({ status: { conditions: [condition('Available', 'True')] } }))],
    ['no webhook', /no webhook governed/, (objects) => void delete objects[WEBHOOK]],
    ['a webhook that fails open', /failurePolicy of the webhook is Ignore/, webhookWith({ failurePolicy: 'Ignore' })],
    ['a webhook that is narrowed by a selector', /not called for everything/, webhookWith({ namespaceSelector: { matchLabels: { a: 'b' } } })],
    [
      'a webhook that is not called for exec',
      /not called for everything/,
      webhookWith({ rules: [{ apiGroups: ['*'], resources: ['*'], operations: ['*'] }] }),
    ],
    [
      'a webhook with an additional condition',
      /all must hold/,
      webhookWith({ matchConditions: [...CONDITIONS, { name: 'x', expression: 'false' }] }),
    ],
    ['a pod that is not ready', /jit-webhook: 1 of 1 pods are not ready/, set(PODS, () => ({ items: [webhookPod('False')] }))],
    ['no pod of the controller', /jit-controller: it has no pod/, (objects) => void Object.assign(objects, { [LEASE]: {}, [PODS]: { items: [] } })],
    ['no Lease of the controller', /jit-controller: its Lease is missing/, (objects) => void delete objects[LEASE]],
    ['no leader', /jit-controller: no replica leads/, set(LEASE, () => ({ spec: { holderIdentity: '', renewTime: new Date().toISOString() } }))],
    ['a Lease that was never held', /jit-controller: no replica leads/, set(LEASE, () => ({}))],
    [
      'a leader that is gone',
      /jit-controller: the leader has not renewed its Lease since 2020/,
      set(LEASE, () => ({ spec: { holderIdentity: 'x', renewTime: '2020-01-01T00:00:00.000000Z' } })),
    ],
    ['a certificate of another CA', /not signed by the CA/, webhookWith({ clientConfig: { caBundle: '' } })],
    [
      'a policy that cannot be impersonated',
      /policy "coding" is not ready \(ImpersonationForbidden\)/,
      set(POLICIES, () => ({
        items: [
          policy([condition('Ready', 'False', { reason: 'ImpersonationForbidden' }), condition('Impersonable', 'False', { message: 'why\nline' })]),
        ],
      })),
    ],
    ['agents that are cluster admins', /agents can change policies: Group oidc:agents/, bind(binding('oops', 'cluster-admin', group('oidc:agents')))],
    [
      'an elevated group without a ceiling',
      /agents can change the webhook/,
      bind(binding('oops', 'cluster-admin', group('jit.access:elevated:coding'))),
    ],
    [
      'rights of the user that all agents share',
      /every agent of every policy has rights by clusterrolebinding shared \(edit\)/,
      bind(binding('shared', 'edit', { kind: 'User', name: 'jit.access:agent' })),
    ],
    ['rights of all users', /agents can impersonate others/, bind(binding('oops', 'cluster-admin', group('system:authenticated')))],
  ])('finds %s', async (name, expected, change) => {
    // A webhook without a CA has its own test; here another CA signed its certificate.
    const objects = changed(change, name.startsWith('a certificate') ? webhookWith({ clientConfig: { caBundle: pem.other } }) : () => undefined)
    const { code, bad } = await examine(objects)
    expect(bad.join('\n')).toMatch(expected)
    expect(code).toBe(8)
  })

  it.each<readonly [string, RegExp, Change]>([
    [
      'governed subjects with rights of their own',
      /Group oidc:agents is governed and has rights of its own.*edit/,
      bind(binding('own', 'edit', group('oidc:agents'))),
    ],
    [
      'other cluster admins',
      /cluster admins, which jit-access cannot restrict: User root/,
      bind(binding('root', 'cluster-admin', { kind: 'User', name: 'root' })),
    ],
    ['no approver', /only cluster admins can certify/, set(`${RBAC}/clusterroles`, () => ({ items: [role('cluster-admin', ['*'], ['*'], ['*'])] }))],
    [
      'credentials that can be guessed',
      /Secret shop\/web holds credentials that can be guessed: password/,
      set(SECRETS, () => ({ items: [credential('shop', 'web', { password: 'postgres' })] })),
    ],
    [
      'tokens that never expire',
      /have the tokens of ServiceAccounts in these: ci\/old \(of builder\)/,
      set(SECRETS, () => {
        const { metadata, ...secret } = credential('ci', 'old', {}, 'kubernetes.io/service-account-token')
        return { items: [{ ...secret, metadata: { ...metadata, annotations: { 'kubernetes.io/service-account.name': 'builder' } } }] }
      }),
    ],
    [
      'custom resources that agents cannot reach',
      /agents cannot reach 1 custom resources: widgets.example.com/,
      set(KINDS, () => ({ items: [{ metadata: { name: 'widgets.example.com' }, spec: { group: 'example.com', names: { plural: 'widgets' } } }] })),
    ],
    ['no policy', /there is no AccessPolicy/, set(POLICIES, () => ({ items: [] }))],
  ])('warns of %s and still succeeds', async (_, expected, change) => {
    const { code, warning } = await examine(changed(change))
    expect(warning.join('\n')).toMatch(expected)
    expect(code).toBe(0)
  })

  it.each<readonly [string, RegExp, Change]>([
    ['Secrets that cannot be read', /not checked: Secrets cannot be read: no/, set(SECRETS, () => new KubectlError('Forbidden', 'no'))],
    ['RBAC that cannot be read', /RBAC cannot be read/, set(`${RBAC}/clusterroles`, () => new KubectlError('Forbidden', 'no'))],
    ['a policy that no controller has checked', /no controller has checked it/, set(POLICIES, () => ({ items: [policy([])] }))],
    ['an invalid certificate', /is not an X\.509/, set(SECRET, () => ({ data: { 'tls.crt': pem.old } }))],
  ])('reports %s as unknown', async (_, expected, change) => {
    const { code, unknown } = await examine(changed(change))
    expect(unknown.join('\n')).toMatch(expected)
    expect(code).toBe(8)
  })

  it.each([
    ['allows a write', undefined, 'bad', /the webhook did not refuse/],
    ['cannot be called', 'failed calling webhook "governed.jit.access": no endpoints', 'bad', /cannot call the webhook/],
    ['could not be tried', 'users "x" is forbidden: User "me" cannot impersonate resource "users"', 'unknown', /you may not impersonate/],
  ] as const)('tries the locks and reports one that %s', async (_, said, verdict, expected) => {
    const found = await examine(sound(), { ...DENIED, default: said })
    expect(found[verdict].join('\n')).toMatch(expected)
    expect(found.code).toBe(8)
  })

  it('accepts a controller that runs outside the cluster, if it leads', async () => {
    const { bad, good } = await examine(changed(set(PODS, () => ({ items: [webhookPod('True')] }))))
    expect(bad.filter((says) => says.includes('jit-controller'))).toEqual([])
    expect(good).toContain('jit-controller: a replica leads')
  })

  it('prints signs, fixes and a count, and no control characters', async () => {
    const io = fakeIO({})
    expect(await runCertify(io, ['doctor'])).toBe(8)
    expect(io.printed()).toMatch(/The API jit\.access\/v1\n {2}✗ there is no APIService[^]*kubectl apply -f manifests\/install\.yaml[^]*✗ failed/)
  })
})
