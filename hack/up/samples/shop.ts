import { randomBytes } from 'node:crypto'

const NAMESPACE = 'shop'
const LABELS = { app: 'web' }

/** Prints the password every two seconds, as careless programs do; the gateway has to mask it in the log. */
const CARELESS = 'while true; do echo "connected to db with password $(cat /etc/db/password)"; sleep 2; done'

const random = (): string => randomBytes(18).toString('base64url')

/** The sample workload: a Secret that a Deployment mounts, whose value is also in a ConfigMap and in the pod's log. New values each time. */
export function shopObjects(): { readonly objects: readonly object[]; readonly password: string } {
  const password = random()
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: NAMESPACE },
      type: 'Opaque',
      stringData: { password, username: 'shop', 'api-key': random(), url: `postgres://shop:${password}@db.shop.svc:5432/shop` },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', namespace: NAMESPACE },
      data: { 'application.properties': `db.host=db.shop.svc\ndb.password=${password}\n`, greeting: 'hello' },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: NAMESPACE },
      spec: {
        replicas: 1,
        selector: { matchLabels: LABELS },
        template: {
          metadata: { labels: LABELS },
          spec: {
            terminationGracePeriodSeconds: 1,
            automountServiceAccountToken: false,
            containers: [
              {
                name: 'web',
                image: 'docker.io/library/busybox:1.35',
                command: ['sh', '-c', CARELESS],
                volumeMounts: [{ name: 'db', mountPath: '/etc/db', readOnly: true }],
                resources: { requests: { cpu: '10m', memory: '8Mi' }, limits: { cpu: '200m', memory: '32Mi' } },
              },
            ],
            volumes: [{ name: 'db', secret: { secretName: 'db' } }],
          },
        },
      },
    },
  ]
  return { objects, password }
}
