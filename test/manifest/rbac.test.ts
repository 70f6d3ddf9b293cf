import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { AGENT_USER } from '../../domain/api/names.ts'
import { manifestsIn, ofKind, OVERLAYS, rendered, ROOT, type Manifest } from './overlay.ts'
import { rightsOf, rulesOf } from './rights.ts'

const overlays = new Map<string, readonly Manifest[]>()
beforeAll(async () => {
  for (const name of OVERLAYS) overlays.set(name, await rendered(`kustomize/overlays/${name}`))
}, 600_000)

/** All permissions of each ServiceAccount. A new line here is a new permission: say in the manifest what needs it. */
const RIGHTS: { readonly [account: string]: readonly string[] } = {
  'jit-apiserver': ['cluster: ClusterRole system:auth-delegator', 'kube-system: Role extension-apiserver-authentication-reader'],
  'jit-apiserver-standby': ['jit-system: list,watch endpointslices of discovery.k8s.io'],
  'jit-controller': [
    'cluster: create subjectaccessreviews of authorization.k8s.io',
    'cluster: get,list,watch accesspolicies,breakglassreviews of jit.access',
    'cluster: get,list,watch accessrequests,accessgrants,accesssuspensions,notificationchannels of jit.access',
    'cluster: get,list,watch,update validatingwebhookconfigurations of admissionregistration.k8s.io named jit-access',
    'cluster: update accesspolicies/status of jit.access',
    'cluster: update accessrequests/notifications,accesssuspensions/notifications,accesspolicies/notifications,notificationchannels/status of jit.access',
    'cluster: view accessrequests,accessgrants of jit.access',
    'cluster: view breakglassreviews of jit.access',
    'default: create events of events.k8s.io',
    'jit-system: get secrets of core named jit-access-notifications',
    'jit-system: get,update configmaps of core named jit-access-governed',
    'jit-system: get,update leases of coordination.k8s.io named jit-access-controller',
  ],
  'jit-gateway': [
    'cluster: create accessgrants/claim of jit.access',
    'cluster: create tokenreviews of authentication.k8s.io',
    'cluster: get /openid/v1/jwks',
    'cluster: get,list,watch accesspolicies,accessgrants,accessrequests,accesssuspensions of jit.access',
    'cluster: list,watch apiservices of apiregistration.k8s.io',
    'cluster: list,watch secrets of core',
    'cluster: view accessgrants,accessrequests of jit.access',
    'jit-system: create serviceaccounts/token of core named jit-impersonator',
  ],
  'jit-webhook': [
    'cluster: create accessgrants/claim of jit.access',
    'cluster: get validatingadmissionpolicies,validatingadmissionpolicybindings of admissionregistration.k8s.io named jit-access-never,jit-access-never-governed,jit-access-parts',
    'cluster: get,list,watch accesspolicies,accessgrants,accesssuspensions of jit.access',
    'cluster: view accessgrants of jit.access',
  ],
}

/** What the component of the console lets the apiserver read, for AccessImpact: workloads and what is around them, no Secret and no ConfigMap. */
const WITH_CONSOLE = [
  'cluster: get,list deployments,statefulsets,daemonsets,replicasets of apps',
  'cluster: get,list jobs,cronjobs of batch',
  'cluster: get,list pods,services,replicationcontrollers,persistentvolumeclaims of core',
  'cluster: list poddisruptionbudgets of policy',
]

/** Whether a right changes existing objects of others than jit-access. */
const isWrite = (right: string): boolean => /: [a-z,]*(update|patch|delete)/.test(right) && !right.includes('of jit.access')

/** The console impersonates people: console.test.ts has its rights. */
const isOfAgents = ({ metadata }: Manifest): boolean => metadata.name !== 'jit-console'

const CERTIFICATES = [
  'cluster: get,patch apiservices of apiregistration.k8s.io named v1.jit.access',
  'cluster: get,patch validatingwebhookconfigurations of admissionregistration.k8s.io named jit-access',
  'jit-system: get,create,patch secrets of core named jit-access-authority,jit-gateway-tls,jit-gateway-sessions-tls,jit-apiserver-tls,jit-apiserver-client-tls,jit-webhook-tls,jit-console-tls',
]

describe.each(OVERLAYS)('overlay %s', (overlay) => {
  const manifests = (): readonly Manifest[] => overlays.get(overlay) ?? []

  test.each(Object.entries(RIGHTS))('%s may do exactly this', (account, rights) => {
    const more = overlay === 'local' && account === 'jit-apiserver' ? WITH_CONSOLE : []
    expect(rightsOf(manifests(), account)).toEqual([...rights, ...more].sort())
  })

  test('every ServiceAccount has its permissions listed here', () => {
    const accounts = ofKind(manifests(), 'ServiceAccount').map(({ metadata }) => metadata.name)
    expect(accounts.sort()).toEqual(
      [
        'jit-apiserver',
        'jit-apiserver-standby',
        ...(overlay === 'local' ? ['jit-certificates'] : []),
        ...(overlay === 'local' ? ['jit-console'] : []), // console.test.ts
        ...(overlay === 'local' ? ['jit-login'] : []), // login.test.ts
        'jit-controller',
        'jit-gateway',
        'jit-impersonator',
        'jit-webhook',
      ].sort(),
    )
  })

  test('what clients reach changes no object of the cluster: only the controller does', () => {
    const others = ['jit-webhook', 'jit-gateway', 'jit-apiserver-standby'].flatMap((account) => rightsOf(manifests(), account))
    expect(others.filter(isWrite)).toEqual([])
    const writes = rightsOf(manifests(), 'jit-controller').filter(isWrite)
    expect(writes.filter((right) => !right.includes(' named '))).toEqual([])
    expect(writes).toHaveLength(3)
  })

  test('the controller reads one Secret, makes no token and impersonates nobody', () => {
    const channels = 'jit-system: get secrets of core named jit-access-notifications'
    const rights = rightsOf(manifests(), 'jit-controller')
      .filter((right) => right !== channels)
      .join('\n')
    expect(rights).not.toMatch(/secrets|serviceaccounts|impersonate|claim|approval|rbac/)
  })

  test('neither the gateway nor the webhook can write the status of a policy, or ask what others may do', () => {
    for (const account of ['jit-gateway', 'jit-webhook'])
      expect(rightsOf(manifests(), account).filter((right) => /accesspolicies\/status|subjectaccessreviews/.test(right))).toEqual([])
  })

  test('the forwarding credential may only impersonate', () => {
    const role = manifests().find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'jit-impersonator')
    const verbs = new Set(rulesOf(role as Manifest).flatMap((rule) => rule.verbs))
    expect([...verbs].filter((verb) => !/^impersonate(-on)?:user-info(:[a-z]+)?$/.test(verb))).toEqual([])
    expect(rightsOf(manifests(), 'jit-impersonator').filter((right) => !right.startsWith('cluster: impersonate'))).toEqual([])
  })

  test('it may not be used for RBAC, admission, aggregation, tokens, certificates or the kubelet', () => {
    const role = manifests().find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'jit-impersonator')
    const writes = rulesOf(role as Manifest).filter(({ verbs }) => verbs.some((verb) => /:(create|update|patch|delete|deletecollection)$/.test(verb)))
    expect([...new Set(writes.flatMap(({ apiGroups = [] }) => apiGroups))].sort()).toEqual(
      ['', 'apps', 'authentication.k8s.io', 'authorization.k8s.io', 'autoscaling', 'batch', 'jit.access', 'networking.k8s.io', 'policy'].sort(),
    )
    const core = rulesOf(role as Manifest).filter(({ apiGroups = [] }) => apiGroups.includes(''))
    const named = new Set(core.flatMap(({ resources = [] }) => resources))
    expect(['*', 'nodes/proxy', 'serviceaccounts/token', 'pods/binding', 'bindings', 'namespaces/finalize'].filter((one) => named.has(one))).toEqual(
      [],
    )
    expect(rulesOf(role as Manifest).some(({ apiGroups = [] }) => apiGroups.includes('*'))).toBe(false)
    // Added by components.
    expect(named.has('secrets')).toBe(false)
    expect(
      core.filter(({ resources = [], verbs }) => resources.includes('serviceaccounts') && verbs.some((verb) => verb.endsWith(':create'))),
    ).toEqual([])
  })

  test('one user is impersonated, by name', () => {
    const userRules = ofKind(manifests(), 'ClusterRole')
      .filter(isOfAgents)
      .flatMap(rulesOf)
      .filter(({ resources = [], verbs }) => resources.includes('users') && verbs.some((verb) => verb.startsWith('impersonate')))
    expect(userRules.map(({ resourceNames }) => resourceNames)).toEqual([[AGENT_USER]])
  })

  test('groups are impersonated only by name', () => {
    const groupRules = ofKind(manifests(), 'ClusterRole')
      .filter(isOfAgents)
      .flatMap(rulesOf)
      .filter(({ resources = [], verbs }) => resources.includes('groups') && verbs.some((verb) => verb.startsWith('impersonate')))
    expect(groupRules.map(({ resourceNames }) => resourceNames)).toEqual([['jit.access:agents']])
  })

  test('no verb is a wildcard', () => {
    const roles = [...ofKind(manifests(), 'ClusterRole'), ...ofKind(manifests(), 'Role')]
    expect(roles.length).toBeGreaterThan(5)
    expect(roles.flatMap(rulesOf).filter(({ verbs }) => verbs.some((verb) => verb.includes('*')))).toEqual([])
  })

  test('the front proxy configuration is read in kube-system', () => {
    const bindings = manifests().filter(({ metadata }) => metadata.name.endsWith(':auth-reader'))
    expect(bindings.map(({ metadata }) => metadata.namespace)).toEqual(['kube-system'])
  })
})

test('jit-certificates, where installed, may do exactly this', () => {
  expect(rightsOf(overlays.get('local') ?? [], 'jit-certificates')).toEqual(CERTIFICATES)
  expect(rightsOf(overlays.get('default') ?? [], 'jit-certificates')).toEqual([])
})

test("the sample policy adds its two groups to those that may be impersonated, and agents' permissions are bound to them only", async () => {
  const manifests = manifestsIn(await readFile(join(ROOT, 'manifests/samples/policy-rbac.yaml'), 'utf8'))
  expect(rightsOf(manifests, 'jit-impersonator')).toEqual([
    'cluster: impersonate:user-info groups of authentication.k8s.io named jit.access:baseline:coding-agents,jit.access:elevated:coding-agents',
  ])
  const bound = ofKind(manifests, 'ClusterRoleBinding').flatMap(({ subjects }) => subjects as readonly { readonly name: string }[])
  expect([...new Set(bound.map(({ name }) => name))].sort()).toEqual(
    ['jit-impersonator', 'jit.access:baseline:coding-agents', 'jit.access:elevated:coding-agents'].sort(),
  )
})
