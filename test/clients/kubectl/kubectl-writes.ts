import type { Command } from '../compared-command.ts'

const IMAGE = 'docker.io/library/busybox:1.35'
const inNamespace = (name: string, args: readonly string[], more: Omit<Command, 'name' | 'args'> = {}): Command => ({
  name,
  args: ['-n', 'NS', ...args],
  ...more,
})

const deployment = (replicas: number): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image: IMAGE, command: ['sleep', '3600'] }] },
      },
    },
  })
const configMap = (name: string, value: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { part: 'pruned' } }, data: { value } })
const list = (...items: readonly string[]): string => `{"apiVersion":"v1","kind":"List","items":[${items.join(',')}]}`

/** Writes in order, by each side in a separate namespace. Under a grant. */
export const writes: readonly Command[] = [
  inNamespace('create configmap', ['create', 'configmap', 'one', '--from-literal=a=1', '--from-literal=b=2']),
  inNamespace('create what is there', ['create', 'configmap', 'one']),
  inNamespace('create -f', ['create', '-f', '-'], { input: deployment(1) }),
  inNamespace('create secret', ['create', 'secret', 'generic', 'hidden', '--from-literal=word=opensesame']),
  inNamespace('create service', ['create', 'service', 'clusterip', 'made', '--tcp=80:8080']),
  inNamespace('create job', ['create', 'job', 'once', `--image=${IMAGE}`, '--', 'true']),
  inNamespace('create cronjob', ['create', 'cronjob', 'nightly', `--image=${IMAGE}`, '--schedule=0 3 * * *']),
  inNamespace('create ingress', ['create', 'ingress', 'front', '--rule=shop.example/*=web:80']),
  inNamespace('create --dry-run=server -o yaml', ['create', 'configmap', 'never', '--from-literal=a=1', '--dry-run=server', '-o', 'yaml']),
  inNamespace('create, invalid', ['create', 'configmap', 'Not_A_Name']),
  inNamespace('rollout status', ['rollout', 'status', 'deployment/web', '--timeout=110s'], { settles: true }),
  inNamespace('label', ['label', 'configmap', 'one', 'team=shop']),
  inNamespace('label, set otherwise', ['label', 'configmap', 'one', 'team=other']),
  inNamespace('annotate', ['annotate', 'configmap', 'one', 'note=made by a client', '-o', 'yaml']),
  inNamespace('patch, strategic merge', ['patch', 'deployment', 'web', '-p', '{"spec":{"template":{"metadata":{"labels":{"v":"2"}}}}}']),
  inNamespace('patch, merge', ['patch', 'configmap', 'one', '--type=merge', '-p', '{"data":{"a":"3"}}']),
  inNamespace('patch, JSON', ['patch', 'configmap', 'one', '--type=json', '-p', '[{"op":"replace","path":"/data/b","value":"4"}]', '-o', 'yaml']),
  inNamespace('patch --subresource=scale', ['patch', 'deployment', 'web', '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":2}}']),
  inNamespace('edit', ['edit', 'configmap', 'one'], { env: { KUBE_EDITOR: 'sed -i \'s/a: "3"/a: "5"/\'' } }),
  inNamespace('edit, nothing changed', ['edit', 'configmap', 'one'], { env: { KUBE_EDITOR: 'true' } }),
  inNamespace('scale', ['scale', 'deployment/web', '--replicas=1']),
  inNamespace('scale --current-replicas, not matching', ['scale', 'deployment/web', '--current-replicas=9', '--replicas=3']),
  inNamespace('set image', ['set', 'image', 'deployment/web', 'web=docker.io/library/busybox:1.35.0']),
  inNamespace('set env', ['set', 'env', 'deployment/web', 'A=1']),
  inNamespace('set resources', ['set', 'resources', 'deployment/web', '--requests=cpu=5m']),
  inNamespace('rollout history', ['rollout', 'history', 'deployment/web'], { observed: true }),
  inNamespace('rollout history --revision', ['rollout', 'history', 'deployment/web', '--revision=1'], { observed: true }),
  inNamespace('rollout undo', ['rollout', 'undo', 'deployment/web', '--to-revision=1'], { observed: true }),
  inNamespace('rollout pause', ['rollout', 'pause', 'deployment/web']),
  inNamespace('rollout resume', ['rollout', 'resume', 'deployment/web']),
  inNamespace('rollout restart', ['rollout', 'restart', 'deployment/web']),
  inNamespace('expose', ['expose', 'deployment', 'web', '--port=80']),
  inNamespace('autoscale', ['autoscale', 'deployment', 'web', '--min=1', '--max=2', '--cpu-percent=80']),
  inNamespace('run', ['run', 'runner', `--image=${IMAGE}`, '--restart=Never', '--', 'sleep', '3600']),
  inNamespace('wait', ['wait', 'pod/runner', '--for=condition=Ready', '--timeout=110s']),
  inNamespace('replace', ['replace', '-f', '-'], { input: configMap('one', 'replaced') }),
  inNamespace('replace --force', ['replace', '--force', '-f', '-'], { input: configMap('one', 'again') }),
  inNamespace('diff, what differs', ['diff', '-f', '-'], { input: configMap('one', 'otherwise') }),
  inNamespace('diff, nothing', ['diff', '-f', '-'], { input: configMap('one', 'again') }),
  inNamespace('apply', ['apply', '-f', '-'], { input: list(configMap('kept', '1'), configMap('dropped', '1')) }),
  inNamespace('apply again', ['apply', '-f', '-'], { input: list(configMap('kept', '1'), configMap('dropped', '2')) }),
  inNamespace('apply view-last-applied', ['apply', 'view-last-applied', 'configmap', 'kept']),
  inNamespace('apply --prune', ['apply', '--prune', '-l', 'part=pruned', '--prune-allowlist=core/v1/ConfigMap', '-f', '-'], {
    input: configMap('kept', '2'),
  }),
  inNamespace('apply --server-side', ['apply', '--server-side', '-f', '-', '-o', 'yaml', '--show-managed-fields'], {
    input: configMap('server', '1'),
  }),
  inNamespace('apply --server-side, a conflict', ['apply', '--server-side', '--field-manager=other', '-f', '-'], { input: configMap('server', '2') }),
  inNamespace('apply --server-side --force-conflicts', ['apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', '-'], {
    input: configMap('server', '2'),
  }),
  inNamespace('apply --dry-run=server', ['apply', '--dry-run=server', '-f', '-'], { input: deployment(3) }),
  inNamespace('apply -k', ['apply', '-k', 'FOLDER/kustomize']),
  inNamespace('create token', ['create', 'token', 'default'], {
    differs: {
      code: 1,
      stdout: /^$/,
      stderr: /cannot create serviceaccounts\/token "default" .*no grant can allow it/,
      why: 'refused: a token would be a way past the gateway, so no grant gives one unless the policy names it',
    },
  }),
  inNamespace('delete', ['delete', 'configmap', 'server']),
  inNamespace('delete what is not there', ['delete', 'configmap', 'server']),
  inNamespace('delete --cascade=orphan', ['delete', 'job', 'once', '--cascade=orphan']),
  inNamespace('delete --now', ['delete', 'pod', 'runner', '--now']),
  inNamespace('delete -l', ['delete', 'configmaps', '-l', 'part=pruned'], { unordered: true }),
  inNamespace('delete --all', ['delete', 'services', '--all'], { unordered: true }),
  inNamespace('delete secret', ['delete', 'secret', 'hidden']),
]
