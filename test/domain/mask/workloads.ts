/** Pods and the objects that create them, with `v` around each string in a value position: see objects.ts. */
export type Fixture = (v: (text: string) => string) => object
export type V = (text: string) => string

export const TIME = '2026-03-04T05:06:07Z'
export const UID = '0d1f7c1e-5b0a-4c3e-9f59-2f0a7f6f1c55'
export const IMAGE = 'registry.example.com:5000/team/web:v1.2.3'
export const DIGEST = `docker.io/library/web@sha256:${'0a1b2c3d'.repeat(8)}`
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const labels = (v: V) => ({ app: v('storefront'), 'app.kubernetes.io/instance': v('storefront-{}') })
export const meta = (v: V, name: string, more: object = {}) => ({
  name,
  namespace: 'shop-production',
  uid: UID,
  resourceVersion: '8412345',
  generation: 3,
  creationTimestamp: TIME,
  labels: labels(v),
  annotations: { 'example.com/note': v('see {} for more'), 'example.com/hash': v('{}') },
  ...more,
})
const container = (v: V) => ({
  name: 'web-container',
  image: IMAGE,
  command: [v('/bin/server'), v('--token={}')],
  args: [v('--password'), v('{}'), v('serve')],
  ports: [{ name: 'http-port', containerPort: 8080, protocol: v('TCP') }],
  env: [
    { name: 'DB_PASSWORD', value: v('{}') },
    { name: 'DB_URL', value: v('postgres://user:{}@db:5432/x') },
    { name: 'FROM_SECRET', valueFrom: { secretKeyRef: { name: 'database-credentials', key: 'database-password' } } },
    { name: 'MY_NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
  ],
  envFrom: [{ configMapRef: { name: 'web-settings' } }],
  resources: { requests: { cpu: v('100m'), memory: v('64Mi') } },
  livenessProbe: { httpGet: { path: v('/healthz?token={}'), port: 'http-port', httpHeaders: [{ name: 'Authorization', value: v('Bearer {}') }] } },
  volumeMounts: [{ name: 'data-volume', mountPath: v('/var/lib/data') }],
  imagePullPolicy: 'IfNotPresent',
  terminationMessagePolicy: 'FallbackToLogsOnError',
})
const podSpec = (v: V) => ({
  containers: [container(v)],
  volumes: [{ name: 'data-volume', secret: { secretName: 'database-credentials', defaultMode: 420 } }],
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  nodeName: 'ip-10-0-3-7.eu-north-1.compute.internal',
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  serviceAccountName: 'storefront-account',
  schedulerName: 'default-scheduler',
  tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
  imagePullSecrets: [{ name: 'registry-credentials' }],
})
export const template = (v: V) => ({ metadata: { creationTimestamp: null, labels: labels(v) }, spec: podSpec(v) })
const deploymentSpec = (v: V) => ({
  replicas: 3,
  selector: { matchLabels: { app: 'storefront' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['frontend-tier'] }] },
  template: template(v),
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: v('25%') } },
})
const managedFields = (v: V) => [
  {
    manager: 'kubectl-client-side-apply',
    operation: 'Update',
    apiVersion: 'apps/v1',
    time: TIME,
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:spec': {
        'f:template': {
          'f:spec': {
            'f:containers': {
              'k:{"name":"web-container"}': {
                '.': {},
                'f:image': {},
                'f:ports': { [`k:{"containerPort":8080,"protocol":${JSON.stringify(v('TCP'))}}`]: {} },
              },
            },
          },
        },
      },
      'f:metadata': { 'f:finalizers': { '.': {}, 'v:"example.com/finalizer"': {} } },
    },
  },
]
export const condition = (v: V) => ({
  type: 'Available',
  status: 'True',
  reason: 'MinimumReplicasAvailable',
  message: v('has {}'),
  lastTransitionTime: TIME,
})

export const pod: Fixture = (v) => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: meta(v, 'storefront-5d8f7c9b6-x2x9z', {
    generateName: 'storefront-5d8f7c9b6-',
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'storefront-5d8f7c9b6', uid: UID, controller: true }],
  }),
  spec: podSpec(v),
  status: {
    phase: 'Running',
    conditions: [condition(v)],
    podIP: '10.244.0.17',
    hostIP: '10.0.3.7',
    qosClass: 'Burstable',
    containerStatuses: [
      {
        name: 'web-container',
        image: IMAGE,
        imageID: DIGEST,
        containerID: `containerd://${'0a1b2c3d'.repeat(8)}`,
        ready: false,
        state: { waiting: { reason: 'CrashLoopBackOff', message: v('back-off {} restarting') } },
        lastState: { terminated: { exitCode: 1, reason: 'Error', message: v('panic: {}') } },
      },
    ],
  },
})
const bareDeployment: Fixture = (v) => ({
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: { name: 'storefront-deployment', namespace: 'shop-production', annotations: { 'example.com/note': v('<b> {} & "more"') } },
  spec: deploymentSpec(v),
})
export const deployment: Fixture = (v) => ({
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: meta(v, 'storefront-deployment', {
    annotations: { 'deployment.kubernetes.io/revision': v('3'), [LAST_APPLIED]: `${JSON.stringify(bareDeployment(v))}\n` },
    managedFields: managedFields(v),
  }),
  spec: deploymentSpec(v),
  status: { replicas: 3, conditions: [condition(v)] },
})
