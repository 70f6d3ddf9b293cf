import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { environment, kubectl, mintToken, uniqueName } from '../cluster/environment.ts'
import { until } from '../until.ts'

/** How a client reaches the cluster: the same requests directly to kube-apiserver, or through the gateway. */
export type Side = 'direct' | 'gateway'
export const SIDES = ['direct', 'gateway'] as const

export type Workspace = {
  /** For files that clients read and write. */
  readonly folder: string
  /** Kubeconfigs of the cluster admin, and of the agent with a token in it: a credential plugin would double the time of each call. */
  readonly kubeconfigs: { readonly [side in Side]: string }
  /** The namespace that both sides read. */
  readonly shared: string
  /** The namespace that each side writes to. The names have one length, so that columns have the same width. */
  readonly own: { readonly [side in Side]: string }
}

const WRITTEN = {
  '': ['configmaps', 'secrets', 'pods', 'services', 'persistentvolumeclaims', 'replicationcontrollers'],
  apps: ['deployments', 'deployments/scale', 'replicasets', 'statefulsets', 'statefulsets/scale', 'daemonsets'],
  batch: ['jobs', 'cronjobs'],
  autoscaling: ['horizontalpodautoscalers'],
  'networking.k8s.io': ['ingresses'],
  policy: ['poddisruptionbudgets'],
}

/** Everything that the sample policy allows an agent without an approval of each operation. */
const rulesFor = (namespaces: readonly string[]): readonly object[] => [
  ...Object.entries(WRITTEN).map(([group, resources]) => ({
    verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
    apiGroups: [group],
    resources,
    namespaces,
  })),
  { verbs: ['create', 'get'], apiGroups: [''], resources: ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/eviction'], namespaces },
]

export async function admin(args: readonly string[], input?: string): Promise<string> {
  const ran = await kubectl('admin', args, input === undefined ? {} : { input })
  if (ran.code !== 0) throw new Error(`${args.join(' ')}: ${ran.stderr}`)
  return ran.stdout
}

/** Requests access as the agent and approves it as the approver, as people do; then waits until the grant exists. */
export async function grant(namespaces: readonly string[]): Promise<string> {
  const name = uniqueName('clients')
  const spec = { durationSeconds: 3600, reason: 'the table of clients', rules: rulesFor(namespaces) }
  const request = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec }
  for (const ran of [
    await kubectl('agent', ['create', '-f', '-'], { input: JSON.stringify(request) }),
    await kubectl('approver', ['certify', 'approve', name]),
  ])
    if (ran.code !== 0) throw new Error(ran.stderr)
  return name
}

async function agentKubeconfig(folder: string): Promise<string> {
  const { gateway } = await environment()
  const token = await mintToken({ user: 'agent', audience: 'jit-gateway', ttl: '3600' })
  const file = join(folder, 'agent.kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'jit', cluster: { server: gateway.url, 'certificate-authority': gateway.caFile } }],
    users: [{ name: 'agent', user: { token } }],
    contexts: [{ name: 'jit', context: { cluster: 'jit', user: 'agent' } }],
    'current-context': 'jit',
  }
  await writeFile(file, JSON.stringify(config), { mode: 0o600 })
  return file
}

/** Namespaces, a grant and kubeconfigs for one test file. The function that it returns gives them inside tests. */
export function workspace(): () => Workspace {
  let made: Workspace | undefined
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'jit-clients-'))
    const shared = uniqueName('clients')
    const own = { direct: uniqueName('clients-d'), gateway: uniqueName('clients-g') }
    for (const namespace of [shared, own.direct, own.gateway]) {
      await admin(['create', 'namespace', namespace])
      await until('pods can be created', () => admin(['-n', namespace, 'get', 'serviceaccount', 'default']))
    }
    await grant([shared, own.gateway])
    made = { folder, shared, own, kubeconfigs: { direct: (await environment()).kubeconfigs.admin, gateway: await agentKubeconfig(folder) } }
  })
  afterAll(async () => {
    if (made === undefined) return
    await admin(['delete', 'namespace', made.shared, made.own.direct, made.own.gateway, '--wait=false'])
    await rm(made.folder, { recursive: true, force: true })
  })
  return () => {
    if (made === undefined) throw new Error('the workspace is there inside tests only')
    return made
  }
}
