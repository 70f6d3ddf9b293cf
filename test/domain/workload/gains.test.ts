import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GAIN_KINDS, kindOfGain } from '../../../domain/api/gain.ts'
import { gainsOf, gainsOfRequest } from '../../../domain/workload/gains.ts'
import { mayHoldPods } from '../../../domain/workload/holds-pods.ts'
import { asked } from '../builders.ts'

const container = (more: object = {}): object => ({ name: 'a', image: 'example.com/a:1', ...more })
const spec = (more: object = {}): object => ({ containers: [container()], ...more })
const inContainer = (more: object): object => spec({ containers: [container(more)] })
const deployment = (pod: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: pod } },
})
const volume = (source: object): object => spec({ volumes: [{ name: 'v', ...source }] })

const persistent = (source: object): object => ({ apiVersion: 'v1', kind: 'PersistentVolume', spec: source })

/** Powers beyond an ordinary pod, in a new object or added to an existing one. */
const POWERS: readonly (readonly [string, object])[] = [
  ['Privileged', inContainer({ securityContext: { privileged: true } })],
  ['Privileged', spec({ initContainers: [container({ securityContext: { privileged: true } })] })],
  ['Privileged', inContainer({ securityContext: { windowsOptions: { hostProcess: true } } })],
  ['Privileged', spec({ securityContext: { windowsOptions: { hostProcess: true } } })],
  ['HostNamespace=network', spec({ hostNetwork: true })],
  ['HostNamespace=pid', spec({ hostPID: true })],
  ['HostNamespace=ipc', spec({ hostIPC: true })],
  ['HostPath=/', volume({ hostPath: { path: '/' } })],
  ['HostPort=80/TCP', inContainer({ ports: [{ containerPort: 80, hostPort: 80 }] })],
  ['HostPort=53/UDP', inContainer({ ports: [{ containerPort: 53, hostPort: 53, protocol: 'UDP' }] })],
  ['HostProbe=169.254.169.254', inContainer({ livenessProbe: { httpGet: { host: '169.254.169.254', port: 80 } } })],
  ['HostProbe=10.0.0.1', inContainer({ lifecycle: { postStart: { tcpSocket: { host: '10.0.0.1', port: 80 } } } })],
  ['Capability=SYS_ADMIN', inContainer({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } })],
  ['Capability=NET_RAW', inContainer({ securityContext: { capabilities: { add: ['cap_net_raw'] } } })],
  ['Capability=ALL', inContainer({ securityContext: { capabilities: { add: ['ALL'], drop: ['CHOWN'] } } })],
  ['Seccomp=Unconfined', spec({ securityContext: { seccompProfile: { type: 'Unconfined' } } })],
  ['Seccomp=Unconfined', inContainer({ securityContext: { seccompProfile: { type: 'Unconfined' } } })],
  ['AppArmor=Unconfined', inContainer({ securityContext: { appArmorProfile: { type: 'Unconfined' } } })],
  ['SELinux=spc_t', inContainer({ securityContext: { seLinuxOptions: { type: 'spc_t' } } })],
  ['SELinux=user root', spec({ securityContext: { seLinuxOptions: { user: 'root' } } })],
  ['ProcMount=Unmasked', inContainer({ securityContext: { procMount: 'Unmasked' } })],
  ['Sysctl=kernel.msgmax', spec({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } })],
  ['ServiceAccount=admin', spec({ serviceAccountName: 'admin' })],
  ['ServiceAccount=admin', spec({ serviceAccount: 'admin' })],
  ['ServiceAccountToken=automount', spec({ automountServiceAccountToken: true })],
  ['ServiceAccountToken=vault', volume({ projected: { sources: [{ serviceAccountToken: { audience: 'vault', path: 't' } }] } })],
  ['ServiceAccountToken=kube-apiserver', volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } })],
  ['ServiceAccountToken=pod certificate', volume({ projected: { sources: [{ podCertificate: { signerName: 'x/y' } }] } })],
  ['ServiceAccountToken=pod certificate x/y', volume({ projected: { sources: [{ podCertificate: { signerName: 'x/y' } }] } })],
  ['ServiceAccount=gmsa admin', spec({ securityContext: { windowsOptions: { gmsaCredentialSpecName: 'admin' } } })],
  ['ServiceAccount=gmsa 44136fa355b3678a', inContainer({ securityContext: { windowsOptions: { gmsaCredentialSpec: '{}' } } })],
  ['Secret=db', volume({ secret: { secretName: 'db' } })],
  ['Secret=db:password', volume({ secret: { secretName: 'db', items: [{ key: 'password', path: 'p' }] } })],
  ['Secret=db', volume({ projected: { sources: [{ secret: { name: 'db' } }] } })],
  ['Secret=db:password', inContainer({ env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] })],
  ['Secret=db', inContainer({ envFrom: [{ secretRef: { name: 'db' } }] })],
  ['Secret=db', spec({ ephemeralContainers: [container({ envFrom: [{ secretRef: { name: 'db' } }] })] })],
  ['Secret=db', volume({ csi: { driver: 'd', nodePublishSecretRef: { name: 'db' } } })],
  ['Secret=db', volume({ azureFile: { secretName: 'db', shareName: 's' } })],
  ['Secret=db', volume({ iscsi: { targetPortal: 'p', secretRef: { name: 'db' } } })],
  ['Secret=db', volume({ flexVolume: { driver: 'd', secretRef: { name: 'db' } } })],
  ['PullSecret=db', spec({ imagePullSecrets: [{ name: 'db' }] })],
  [
    'Volume=csi secrets-store.csi.k8s.io secretProviderClass:vault',
    volume({ csi: { driver: 'secrets-store.csi.k8s.io', volumeAttributes: { secretProviderClass: 'vault' } } }),
  ],
  ['EphemeralContainer=debug', spec({ ephemeralContainers: [container({ name: 'debug' })] })],
]

/** Powers that the object disallowed before and no longer disallows. An ordinary new pod does not disallow them either. */
const LOOSENED: readonly (readonly [string, object, object])[] = [
  ['RunAsRoot', spec({ securityContext: { runAsNonRoot: true } }), spec()],
  ['RunAsRoot', inContainer({ securityContext: { runAsUser: 1000 } }), inContainer({ securityContext: { runAsUser: 0 } })],
  ['RunAsRoot=0', spec(), spec({ securityContext: { runAsUser: 0 } })],
  ['PrivilegeEscalation', inContainer({ securityContext: { allowPrivilegeEscalation: false } }), spec()],
  ['Seccomp=unset', spec({ securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }), spec()],
  ['Capability=CHOWN', inContainer({ securityContext: { capabilities: { drop: ['ALL'] } } }), spec()],
  ['HostNamespace=user', spec({ hostUsers: false }), spec({ hostUsers: true })],
  ['HostNamespace=user', spec({ hostUsers: false }), spec()],
  ['ServiceAccountToken=unless the account says no', spec({ automountServiceAccountToken: false }), spec()],
  ['ServiceAccountToken=automount', spec(), spec({ automountServiceAccountToken: true })],
  ['ServiceAccount=default', spec({ serviceAccountName: 'narrow' }), spec()],
  ['RuntimeClass=none', spec({ runtimeClassName: 'gvisor' }), spec()],
  ['Volume=nfs', spec(), volume({ nfs: { server: 's', path: '/' } })],
  [
    'HostPath=/logs (writable)',
    spec({ volumes: [{ name: 'v', hostPath: { path: '/logs' } }], containers: [container({ volumeMounts: [{ name: 'v', readOnly: true }] })] }),
    spec({ volumes: [{ name: 'v', hostPath: { path: '/logs' } }], containers: [container({ volumeMounts: [{ name: 'v' }] })] }),
  ],
  [
    'Secret=db:password',
    inContainer({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'user' } } }] }),
    inContainer({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] }),
  ],
  [
    'Secret=db',
    spec({ imagePullSecrets: [{ name: 'db' }] }),
    spec({ imagePullSecrets: [{ name: 'db' }], volumes: [{ secret: { secretName: 'db' } }] }),
  ],
]

/** Objects that contain a pod spec. */
const HOLDERS: readonly (readonly [string, (pod: object) => object])[] = [
  ['Pod', (pod) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: pod })],
  ['Deployment', deployment],
  ['PodTemplate', (pod) => ({ apiVersion: 'v1', kind: 'PodTemplate', template: { spec: pod } })],
  ['CronJob', (pod) => ({ apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec: pod } } } } })],
  ['ControllerRevision', (pod) => ({ apiVersion: 'apps/v1', kind: 'ControllerRevision', data: { spec: { template: { spec: pod } } } })],
  [
    'custom',
    (pod) => ({ apiVersion: 'x.io/v1', kind: 'Job', spec: { roles: [{ name: 'a', jobs: { workers: [{ podTemplate: { spec: pod } }] } }] } }),
  ],
]

describe('the gain of a write', () => {
  it.each(POWERS)('is %s, in a new workload and when added to one', (name, pod) => {
    for (const [kind, hold] of HOLDERS) {
      if (kind === 'Pod' && name === 'PullSecret=db') continue
      expect(gainsOf(hold(pod), undefined), kind).toContain(name)
      expect(gainsOf(hold(pod), hold(spec())), kind).toContain(name)
      expect(gainsOf(hold(pod), hold(pod)), kind).toEqual([])
      expect(
        gainsOf(hold(spec()), hold(pod)).filter((each) => each === name),
        kind,
      ).toEqual([])
    }
  })
  it.each(LOOSENED)('is %s when it was disallowed before', (name, before, after) => {
    for (const [kind, hold] of HOLDERS) {
      expect(gainsOf(hold(after), hold(before)), kind).toContain(name)
      expect(gainsOf(hold(before), hold(after)), kind).not.toContain(name)
    }
  })
  it('has a case here for every kind of a workload except Unreadable', () => {
    const seen = new Set([...POWERS, ...LOOSENED].map(([name]) => kindOfGain(name)))
    expect(Object.keys(GAIN_KINDS).filter((kind) => !seen.has(kind))).toEqual(['PodSecurity', 'Unreadable'])
  })
  it('is empty for an ordinary workload and for ordinary changes of one', () => {
    const changed = spec({
      containers: [container({ image: 'example.com/a:2', args: ['-v'], env: [{ name: 'A', value: 'b' }], resources: { limits: { cpu: '1' } } })],
      volumes: [
        { name: 'c', configMap: { name: 'c' } },
        { name: 'e', emptyDir: {} },
      ],
      nodeSelector: { hostNetwork: 'true', serviceAccountName: 'x' },
      tolerations: [{ operator: 'Exists' }],
    })
    for (const [, hold] of HOLDERS) {
      expect(gainsOf(hold(spec()), undefined)).toEqual([])
      expect(gainsOf(hold(changed), undefined)).toEqual([])
      expect(gainsOf(hold(changed), hold(spec()))).toEqual([])
    }
  })
  it('does not include what kube-apiserver adds to every new pod', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: {
        ...spec({
          serviceAccountName: 'default',
          serviceAccount: 'default',
          imagePullSecrets: [{ name: 'copied' }],
          volumes: [{ name: 'kube-api-access-x7k2p', projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }] } }],
        }),
      },
    }
    expect(gainsOf(pod, undefined)).toEqual([])
  })
  it('is empty when a power is reduced', () => {
    const privileged = deployment(inContainer({ securityContext: { privileged: true } }))
    expect(gainsOf(deployment(inContainer({ securityContext: { capabilities: { add: ['NET_ADMIN'] } } })), privileged)).toEqual([])
    const all = deployment(volume({ secret: { secretName: 'db' } }))
    expect(gainsOf(deployment(volume({ secret: { secretName: 'db', items: [{ key: 'a', path: 'a' }] } })), all)).toEqual([])
  })
  it('includes what a PersistentVolume gives to its claimant', () => {
    expect(gainsOf(persistent({ hostPath: { path: '/etc' } }), undefined)).toEqual(['HostPath=/etc'])
    expect(gainsOf(persistent({ local: { path: '/etc' } }), undefined)).toEqual(['HostPath=/etc'])
    expect(gainsOf(persistent({ rbd: { secretRef: { name: 's', namespace: 'other' } } }), undefined)).toEqual(['Secret=other/s'])
  })
})

describe('a request', () => {
  it.each([
    'POST /api/v1/namespaces/a/pods',
    'PUT /api/v1/namespaces/a/pods/p',
    'PATCH /api/v1/namespaces/a/pods/p/ephemeralcontainers',
    'PATCH /api/v1/namespaces/a/pods/p/resize',
    'POST /api/v1/namespaces/a/podtemplates',
    'PATCH /api/v1/namespaces/a/replicationcontrollers/r',
    'PATCH /apis/apps/v1/namespaces/a/deployments/d',
    'PATCH /apis/apps/v1/namespaces/a/controllerrevisions/d',
    'PATCH /apis/batch/v1/namespaces/a/cronjobs/d',
    'POST /apis/argoproj.io/v1alpha1/namespaces/a/rollouts',
    'POST /apis/jobset.x-k8s.io/v1/namespaces/a/jobsets',
    'POST /api/v1/persistentvolumes',
  ])('%s may hold pods', (line) => expect(mayHoldPods(asked(line).info)).toBe(true))
  it.each([
    'GET /api/v1/namespaces/a/pods/p',
    'DELETE /api/v1/namespaces/a/pods/p',
    'POST /api/v1/namespaces/a/pods/p/eviction',
    'POST /api/v1/namespaces/a/pods/p/exec',
    'PATCH /apis/apps/v1/namespaces/a/deployments/d/scale',
    'PATCH /apis/apps/v1/namespaces/a/deployments/d/status',
    'POST /api/v1/namespaces/a/configmaps',
    'POST /api/v1/namespaces/a/services',
    'POST /apis/networking.k8s.io/v1/namespaces/a/ingresses',
    'POST /apis/jit.access/v1/accessrequests',
    'POST /version',
  ])('%s does not', (line) => expect(mayHoldPods(asked(line).info)).toBe(false))
  it('that adds a debug container gains only the powers of that container', () => {
    const { info } = asked('PATCH /api/v1/namespaces/a/pods/p/ephemeralcontainers')
    const pod = (more: object): object => ({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: spec({ ephemeralContainers: [container({ name: 'debug', ...more })] }),
    })
    const before = { apiVersion: 'v1', kind: 'Pod', spec: spec() }
    expect(gainsOfRequest(info, pod({}), before)).toEqual([])
    expect(gainsOfRequest(info, pod({ securityContext: { privileged: true } }), before)).toEqual(['Privileged'])
    expect(gainsOfRequest(asked('PATCH /api/v1/namespaces/a/pods/p').info, pod({}), before)).toEqual(['EphemeralContainer=debug'])
  })
})

describe('an object that cannot be inspected', () => {
  it('counts as a gain', () => {
    for (const object of [
      undefined,
      null,
      'text',
      7,
      [],
      { apiVersion: 'v1', kind: 'Status', status: 'Success' },
      { items: Array.from({ length: 100_001 }, () => ({})) },
    ])
      expect(gainsOf(object, undefined)).toEqual(['Unreadable'])
    expect(gainsOf(deployment(spec({ hostPID: true })), 'text')).toEqual(['Unreadable'])
  })
  it('is not an object that is only nested deeply', () => {
    let object: object = spec({ hostPID: true })
    for (let depth = 0; depth < 10_000; depth++) object = { a: object }
    expect(gainsOf(object, undefined)).toEqual(['HostNamespace=pid'])
  })
})

describe('any two workloads', () => {
  const pods = fc
    .subarray(
      POWERS.map(([, pod]) => pod),
      { minLength: 1 },
    )
    .map((parts) => ({ items: parts }))
  it('a write gains what it adds, and reverting it gains none of that', () => {
    fc.assert(
      fc.property(pods, pods, fc.constantFrom(...HOLDERS), (left, right, [, hold]) => {
        const both = hold({ items: [...left.items, ...right.items] })
        const one = hold(left)
        expect(gainsOf(one, both).filter((each) => !each.startsWith('RunAsRoot'))).toEqual([])
        expect(gainsOf(both, both)).toEqual([])
        const gained = new Set(gainsOf(both, one).map(kindOfGain))
        for (const each of gainsOf(hold(right), undefined)) {
          const had = gainsOf(one, undefined).map(kindOfGain).includes(kindOfGain(each)) || gainsOf(one, undefined).includes('Privileged')
          expect(had || gained.has(kindOfGain(each)), each).toBe(true)
        }
      }),
    )
  })
  it('gains are few, and a rule of an AccessRequest accepts them', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 400, unit: 'binary' }), { maxLength: 60 }), (names) => {
        const gains = gainsOf(deployment(spec({ volumes: names.map((path) => ({ hostPath: { path } })) })), undefined)
        expect(gains.length).toBeLessThanOrEqual(32)
        for (const each of gains) expect(each).toMatch(/^[ !#-~]{1,253}$/)
        expect(gains.length > 0).toBe(names.length > 0)
      }),
    )
  })
})

// The shortest of many runs: other load on the machine only makes runs longer.
const shortest = (work: () => unknown): number => {
  const times = Array.from({ length: 300 }, () => {
    const started = performance.now()
    work()
    return performance.now() - started
  })
  return Math.min(...times)
}

it('inspecting a workload costs no more than parsing its JSON a few times', () => {
  const env = Array.from({ length: 20 }, (_, index) => ({ name: `E${index}`, value: 'v' }))
  const containers = Array.from({ length: 3 }, (_, index) => container({ name: `c${index}`, env, ports: [{ containerPort: 80 }] }))
  const before = deployment(spec({ containers, volumes: [{ name: 'c', configMap: { name: 'c' } }] }))
  const text = JSON.stringify(before)
  const reading = shortest(() => JSON.parse(text))
  expect(shortest(() => gainsOf(before, before)) / reading).toBeLessThan(20)
})
