import forge from 'node-forge'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../kube/client.ts'

type ApiResource = { readonly name: string; readonly namespaced: boolean; readonly verbs: readonly string[] }
type Version = { readonly groupVersion: string }
export type Subresource = ApiResource & { readonly base: string; readonly id: string }

/** Every subresource in discovery that supports writing or connecting, so that new ones of a newer Kubernetes are included automatically. */
export async function subresources(client: KubeClient): Promise<readonly Subresource[]> {
  const groups = await client.json<{ readonly groups: readonly { readonly name: string; readonly preferredVersion: Version }[] }>({
    method: 'GET',
    path: '/apis',
  })
  const versions = [
    '/api/v1',
    ...groups.groups.filter(({ name }) => name !== 'jit.access').map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
  ]
  const found: Subresource[] = []
  for (const base of versions) {
    const { resources } = await client.json<{ readonly resources: readonly ApiResource[] }>({ method: 'GET', path: base })
    const changing = resources.filter(
      ({ name, verbs }) => name.includes('/') && verbs.some((verb) => ['create', 'update', 'patch', 'delete'].includes(verb)),
    )
    found.push(...changing.map((resource) => ({ ...resource, base, id: `${base.replace(/^\/apis?\//, '')} ${resource.name}` })))
  }
  return found
}

const meta = { metadata: { annotations: { probe: 'yes' } } }

function bodyOf({ name }: Subresource, object: string): { readonly query: { readonly [name: string]: string }; readonly body?: object } {
  switch (name.split('/')[1]) {
    case 'binding':
      return {
        query: {},
        body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: object, namespace: 'shop' }, target: { kind: 'Node', name: 'node-1' } },
      }
    case 'eviction':
      return { query: {}, body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: object, namespace: 'shop' } } }
    case 'token':
      return { query: {}, body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } }
    case 'portforward':
      return { query: { ports: '80' } }
    case 'exec':
      return { query: { command: 'env', stdout: 'true' } }
    default:
      return { query: { stdout: 'true' } }
  }
}

/** The call that changes or connects to a subresource of an object. */
function callOf(subresource: Subresource, object: string, current?: object): KubeCall {
  const [plural = '', part = ''] = subresource.name.split('/')
  const path = `${subresource.base}${subresource.namespaced ? '/namespaces/shop' : ''}/${plural}/${object}/${part}`
  if (subresource.verbs.includes('patch') && !subresource.verbs.includes('create'))
    return { method: 'PATCH', path, body: meta, contentType: 'application/merge-patch+json' }
  if (subresource.verbs.includes('create')) return { method: 'POST', path, ...bodyOf(subresource, object) }
  return { method: 'PUT', path, ...(current === undefined ? {} : { body: current }) }
}

/** One object of each kind that has subresources. The server creates the others itself. */
async function objectOf(
  client: KubeClient,
  { base, name, namespaced }: Subresource,
): Promise<{ readonly name: string; readonly object: object } | undefined> {
  const path = `${base}${namespaced ? '/namespaces/shop' : ''}/${name.split('/')[0] ?? ''}`
  const { kind, apiVersion, items } = await client.json<{ kind: string; apiVersion: string; items: { metadata: { name: string } }[] }>({
    method: 'GET',
    path,
  })
  const found = items[0]
  return found === undefined ? undefined : { name: found.metadata.name, object: { apiVersion, kind: kind.replace(/List$/, ''), ...found } }
}

function certificateRequest(): string {
  const keys = forge.pki.rsa.generateKeyPair(1024)
  const request = forge.pki.createCertificationRequest()
  request.publicKey = keys.publicKey
  request.setSubject([{ name: 'commonName', value: 'probe' }])
  request.sign(keys.privateKey, forge.md.sha256.create())
  return forge.pki.certificationRequestToPem(request)
}

const labels = { app: 'probe' }
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'c:1' }] } }
const once = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } }
const set = { replicas: 0, selector: { matchLabels: labels }, template }
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
const shop = { metadata: { name: 'probe', namespace: 'shop' } }
const alone = { metadata: { name: 'probe' } }

/** Objects of the probed kinds that a new cluster does not have. */
export const SAMPLES: readonly object[] = [
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...shop, spec: claim },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    ...alone,
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp' } },
  },
  { apiVersion: 'v1', kind: 'ReplicationController', ...shop, spec: { replicas: 0, selector: labels, template } },
  { apiVersion: 'v1', kind: 'ResourceQuota', ...shop, spec: { hard: { pods: '100' } } },
  { apiVersion: 'v1', kind: 'Service', ...shop, spec: { ports: [{ port: 80 }] } },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', ...shop, spec: { selector: { matchLabels: labels }, template } },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', ...shop, spec: { ...set, serviceName: 'probe' } },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    ...shop,
    spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  },
  { apiVersion: 'batch/v1', kind: 'Job', ...shop, spec: { suspend: true, template: once } },
  { apiVersion: 'batch/v1', kind: 'CronJob', ...shop, spec: { suspend: true, schedule: '0 0 1 1 *', jobTemplate: { spec: { template: once } } } },
  {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    ...alone,
    spec: { signerName: 'example.com/probe', usages: ['client auth'], request: Buffer.from(certificateRequest()).toString('base64') },
  },
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', ...shop, spec: { defaultBackend: { service: { name: 'probe', port: { number: 80 } } } } },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', ...shop, spec: { minAvailable: 0, selector: { matchLabels: labels } } },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    ...alone,
    spec: { attacher: 'example.com', nodeName: 'node-1', source: { persistentVolumeName: 'probe' } },
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  },
  { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name: 'node-1' }, spec: { drivers: [] } },
  { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', ...shop, spec: {} },
  {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'DeviceTaintRule',
    ...alone,
    spec: { deviceSelector: { driver: 'example.com' }, taint: { key: 'example.com/probe', effect: 'NoSchedule' } },
  },
  {
    apiVersion: 'storagemigration.k8s.io/v1',
    kind: 'StorageVersionMigration',
    ...alone,
    spec: { resource: { group: '', resource: 'configmaps' } },
  },
]

/** Subresources that jit-access does not refuse, with the response and the reason. A new one in a newer Kubernetes fails the test. */
export const ANSWERED_OTHERWISE: { readonly [id: string]: string } = {
  // kube-apiserver exempts admission policies from admission, so only RBAC protects them.
  'admissionregistration.k8s.io/v1 validatingadmissionpolicies/status': '200',
  // Only the kubelet creates these objects, and the test has no kubelet.
  'certificates.k8s.io/v1 podcertificaterequests/status': 'no object',
  // Validation comes first and refuses it, since the simulated node cannot resize.
  'v1 pods/resize': '422 Pod "probe" is invalid: spec: Forbidden: Pod running on node without support for resize',
}

/** The results of an agent's write to every subresource, by id: `refused` by jit-access, or the response. */
export async function probe(client: KubeClient, as: (call: KubeCall) => Promise<string>): Promise<{ readonly [id: string]: string }> {
  const answers: { [id: string]: string } = {}
  for (const subresource of await subresources(client)) {
    try {
      const object = await objectOf(client, subresource)
      const answer = object === undefined ? 'no object' : await as(callOf(subresource, object.name, object.object))
      answers[subresource.id] = /^403 .*(governed\.jit\.access|jit-access never)/s.test(answer) ? 'refused' : answer
    } catch (error) {
      answers[subresource.id] = error instanceof StatusError ? `not read: ${error.code}` : String(error)
    }
  }
  return answers
}
