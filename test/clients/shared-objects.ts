import { until } from '../until.ts'
import { admin } from './workspace.ts'

export const IMAGE = 'docker.io/library/busybox:1.35'
const TALK =
  'for i in 1 2 3; do echo "line $i"; done; mkdir -p /www; echo hello from the pod > /www/index.html; httpd -p 8080 -h /www; exec sleep 3600'
/** Exits once, so that there is a previous container with a log. */
const TWICE = 'if [ -f /d/x ]; then echo second; exec sleep 3600; fi; touch /d/x; echo first'
/** Echoes its input, for attach. */
const ECHO = 'while read line; do echo "said $line"; done; exec sleep 3600'

const pod = (name: string, script: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    volumes: [{ name: 'd', emptyDir: {} }],
    containers: [{ name: 'main', image: IMAGE, command: ['sh', '-c', script], volumeMounts: [{ name: 'd', mountPath: '/d' }], ...more }],
  },
})

/** What both sides read: pods that log, listen and have restarted, a Deployment, a Service, ConfigMaps. No Secret, so nothing is masked. */
export async function makeSharedObjects(namespace: string): Promise<void> {
  const items = [
    pod('talker', TALK),
    pod('twice', TWICE),
    pod('listener', ECHO, { stdin: true }),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'one', labels: { app: 'one' }, annotations: { note: 'quoted "text" & <more>' } },
      data: { a: 'x\ny\n', b: 'ü €' },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' }, binaryData: { raw: 'AAECA/8=' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'talker' },
      spec: { selector: { app: 'talker' }, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image: IMAGE, command: ['sleep', '3600'] }] },
        },
      },
    },
  ]
  await admin(['-n', namespace, 'apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  await admin(['-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=110s'])
  await admin(['-n', namespace, 'wait', 'pod', '-l', 'app in (talker,listener)', '--for=condition=Ready', '--timeout=110s'])
  await until('the pod has restarted', async () =>
    (
      await admin([
        '-n',
        namespace,
        'get',
        'pod',
        'twice',
        '-o',
        'jsonpath={.status.containerStatuses[0].restartCount}{.status.containerStatuses[0].state.running}',
      ])
    ).startsWith('1{'),
  )
  // Events and logs come a moment after what they report. A client that looks before them sees less than one that looks after them.
  const reasonsOf = (name: string): Promise<string> =>
    admin(['-n', namespace, 'get', 'events', `--field-selector=involvedObject.name=${name}`, '-o', 'jsonpath={.items[*].reason}'])
  for (const [name, reason] of [
    ['talker', 'Started'],
    ['web', 'ScalingReplicaSet'],
  ] as const)
    await until(`the event ${reason} of ${name} is there`, async () => (await reasonsOf(name)).includes(reason))
  for (const [args, last] of [
    [['talker'], 'line 3'],
    [['twice'], 'second'],
    [['twice', '--previous'], 'first'],
  ] as const)
    await until(`${args.join(' ')} has logged ${last}`, async () => (await admin(['-n', namespace, 'logs', ...args])).includes(last))
}
