/**
 * Objects as kube-apiserver returns them. Every string in a value position goes through `v`; all others are structural. `{}` in a text
 * marks where a secret may be.
 */
import { condition, deployment, DIGEST, IMAGE, meta, pod, template, TIME, UID, type Fixture, type V } from './workloads.ts'

const partial = (v: V) => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: meta(v, 'storefront-deployment') })
const column = (name: string, format = '') => ({ name, type: 'string', format, description: `What ${name} says.`, priority: 0 })
const table = (columns: object[], cells: unknown[], object: object) => ({
  kind: 'Table',
  apiVersion: 'meta.k8s.io/v1',
  metadata: { resourceVersion: '8412346' },
  columnDefinitions: columns,
  rows: [{ cells, object }],
})

export const OBJECTS: Readonly<Record<string, Fixture>> = {
  Pod: pod,
  Deployment: deployment,
  Service: (v) => ({
    kind: 'Service',
    apiVersion: 'v1',
    metadata: meta(v, 'storefront-service'),
    spec: {
      ports: [{ name: 'http-port', protocol: v('TCP'), port: 80, targetPort: 'http-port' }],
      selector: { app: 'storefront' },
      clusterIP: '10.96.14.2',
      type: 'ExternalName',
      externalName: 'db.example.com',
      internalTrafficPolicy: 'Cluster',
    },
  }),
  ConfigMap: (v) => ({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: meta(v, 'web-settings'),
    data: { name: v('{}'), kind: v('{}'), 'app.properties': v('a=b\nc={}\n'), 'config.json': v('{"name":"{}"}') },
  }),
  Event: (v) => ({
    kind: 'Event',
    apiVersion: 'v1',
    metadata: meta(v, 'storefront-deployment.17a3b5c7d9e0f123'),
    involvedObject: {
      kind: 'Pod',
      namespace: 'shop-production',
      name: 'storefront-5d8f7c9b6-x2x9z',
      uid: UID,
      fieldPath: 'spec.containers{web-container}',
    },
    reason: 'FailedScheduling',
    message: v('Error: {} not found'),
    source: { component: 'kubelet-agent', host: 'ip-10-0-3-7.eu-north-1.compute.internal' },
    firstTimestamp: TIME,
    type: 'Warning',
    reportingComponent: 'kubelet-agent',
  }),
  Node: (v) => ({
    kind: 'Node',
    apiVersion: 'v1',
    metadata: meta(v, 'ip-10-0-3-7.eu-north-1.compute.internal'),
    spec: {
      providerID: 'aws:///eu-north-1a/i-0a1b2c3d4e5f60718',
      taints: [{ key: 'dedicated-nodes', value: 'gpu-workloads', effect: 'NoSchedule' }],
    },
    status: {
      addresses: [{ type: 'InternalIP', address: '10.0.3.7' }],
      conditions: [condition(v)],
      nodeInfo: { machineID: UID, kubeletVersion: 'v1.33.1', osImage: 'linux-image', architecture: 'arm64' },
      images: [{ names: [IMAGE, DIGEST], sizeBytes: 1 }],
    },
  }),
  Ingress: (v) => ({
    kind: 'Ingress',
    apiVersion: 'networking.k8s.io/v1',
    metadata: meta(v, 'storefront-ingress'),
    spec: {
      ingressClassName: 'nginx-internal',
      tls: [{ hosts: ['shop.example.com'], secretName: 'storefront-certificate' }],
      rules: [
        {
          host: 'shop.example.com',
          http: {
            paths: [
              {
                path: v('/hooks/{}'),
                pathType: 'ImplementationSpecific',
                backend: { service: { name: 'storefront-service', port: { name: 'http-port' } } },
              },
            ],
          },
        },
      ],
    },
  }),
  CronJob: (v) => ({
    kind: 'CronJob',
    apiVersion: 'batch/v1',
    metadata: meta(v, 'nightly-report'),
    spec: { schedule: v('*/5 * * * *'), concurrencyPolicy: 'Forbid', jobTemplate: { spec: { template: template(v) } } },
  }),
  CustomResourceDefinition: (v) => ({
    kind: 'CustomResourceDefinition',
    apiVersion: 'apiextensions.k8s.io/v1',
    metadata: meta(v, 'databases.example.com'),
    spec: {
      group: 'example.com',
      names: { plural: 'databases', singular: 'database', kind: 'DatabaseCluster', listKind: 'DatabaseClusterList', shortNames: ['dbcluster'] },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          schema: {
            openAPIV3Schema: { type: 'object', description: v('A {} database.'), properties: { url: { type: 'string', default: v('{}') } } },
          },
          additionalPrinterColumns: [{ name: 'ConnectionUrl', type: 'string', jsonPath: v('.spec.foo.url') }],
        },
      ],
    },
  }),
  'custom resource': (v) => ({
    kind: 'DatabaseCluster',
    apiVersion: 'example.com/v1alpha1',
    metadata: meta(v, 'orders-database'),
    spec: {
      foo: { url: v('https://admin:{}@db.example.com/x'), password: v('{}'), apiKey: v('{}') },
      storageClassName: 'fast-ssd-storage',
      credentialsSecretRef: { name: 'database-credentials', key: 'database-password' },
      values: { image: v('{}'), name: v('{}'), nested: { type: v('{}') } },
      triggers: [{ type: 'postgresql-trigger', metadata: { connection: v('host=db {}'), query: v('{}') } }],
      metadata: [{ name: 'redisPassword', value: v('{}') }],
      extraArgs: [v('--secret={}')],
    },
    status: { phase: 'ReconcileFailed', message: v('cannot connect with {}') },
  }),
  ControllerRevision: (v) => ({
    kind: 'ControllerRevision',
    apiVersion: 'apps/v1',
    metadata: meta(v, 'storefront-6c9f8d7b5'),
    data: { spec: { template: { $patch: v('replace'), ...template(v) } } },
    revision: 4,
  }),
  'Table of Pods': (v) =>
    table(
      [
        column('Name', 'name'),
        column('Ready'),
        column('Status'),
        column('Restarts'),
        column('Age'),
        column('IP'),
        column('Node'),
        column('Nominated Node'),
        column('Message'),
      ],
      [
        'storefront-5d8f7c9b6-x2x9z',
        v('0/1'),
        'CrashLoopBackOff',
        v('3 (2d ago)'),
        v('5d1h'),
        '10.244.0.17',
        'ip-10-0-3-7.eu-north-1.compute.internal',
        v('<none>'),
        v('token {}'),
      ],
      partial(v),
    ),
  'Table of Deployments': (v) =>
    table(
      [column('Name', 'name'), column('Ready'), column('Up-to-date'), column('Containers'), column('Images'), column('Selector'), column('Url')],
      ['storefront-deployment', v('3/3'), 3, 'web-container', IMAGE, 'app=storefront,tier=frontend-tier', v('https://{}/')],
      partial(v),
    ),
  PartialObjectMetadataList: (v) => ({
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '8412346' },
    items: [partial(v)],
  }),
  Status: (v) => ({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: v('Pod "storefront" is invalid: {}'),
    reason: 'Invalid',
    details: {
      name: 'storefront-5d8f7c9b6-x2x9z',
      kind: 'Pod',
      causes: [{ reason: 'FieldValueInvalid', message: v('Invalid value: "{}"'), field: v('spec.x') }],
    },
    code: 422,
  }),
  WatchEvent: (v) => ({ type: 'MODIFIED', object: pod(v) }),
  APIResourceList: () => ({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'example.com/v1alpha1',
    resources: [
      {
        name: 'databases',
        singularName: 'database',
        namespaced: true,
        kind: 'DatabaseCluster',
        verbs: ['create', 'deletecollection'],
        shortNames: ['dbcluster'],
        categories: ['all-databases'],
        storageVersionHash: 'xPOwRZ+Yhw8=',
      },
    ],
  }),
}
