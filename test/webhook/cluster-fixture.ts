import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { createAuthority, type Authority } from '../../hack/cluster/certificate-authority.ts'
import { run } from '../../hack/cluster/build/run-build.ts'
import type { Cluster } from '../../hack/cluster/cluster.ts'
import { settingsOf } from '../../hack/cluster/settings.ts'
import { startCluster } from '../../hack/cluster/start-cluster.ts'
import { isDiscovered } from '../../hack/up/wait/discovered.ts'
import { freePort, freePorts } from '../../hack/up/local/free-port.ts'
import type { KubeClient } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import { canHavePods } from '../cluster/can-have-pods.ts'
import { patientClient } from '../cluster/patient-client.ts'
import { until } from '../until.ts'

/**
 * A separate cluster, since these tests kill the webhook: the shipped objects without their pods, and apiserver, webhook and controller
 * as processes that hold tokens of the shipped ServiceAccounts.
 */
export type ClusterFixture = {
  readonly cluster: Cluster
  readonly admin: KubeClient
  readonly metricsUrl: string
  /** Posts to the webhook as any pod could. Returns the status or the error. */
  askWithoutCertificate(): Promise<string>
  kubectl(...args: readonly string[]): Promise<string>
  apply(...objects: readonly object[]): Promise<void>
  /** Creates a namespace, and waits until it can have pods. */
  createNamespace(name: string): Promise<void>
  killWebhook(): Promise<void>
  startWebhook(): Promise<void>
  stop(): Promise<void>
}

type Document = { readonly kind: string; readonly metadata: { readonly name: string }; readonly [field: string]: unknown }

const ROOT = join(import.meta.dirname, '../..')
/** Shipped kinds that are not applied. The node is simulated and cannot run pods, and the Service is replaced by one that leads to this machine. */
const LEFT_OUT: ReadonlySet<string> = new Set(['Deployment', 'PersistentVolumeClaim', 'PodDisruptionBudget', 'Service', 'ConfigMap'])

const isConfiguration = ({ kind }: Document): boolean => kind === 'ValidatingWebhookConfiguration'

/** The shipped objects, redirected to ports of this machine. The webhook's configuration is applied last, once the webhook answers. */
async function shipped(kubectl: ClusterFixture['kubectl'], at: { readonly apiserver: number; readonly webhook: number; readonly ca: string }) {
  const text = await kubectl('kustomize', join(ROOT, 'kustomize/base'))
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Document)
  const caBundle = Buffer.from(at.ca).toString('base64')
  const kept = documents.filter(({ kind, metadata }) => !LEFT_OUT.has(kind) || metadata.name === 'jit-access-governed')
  const turned = kept.map((document): Document => {
    if (document.kind === 'APIService')
      return {
        ...document,
        spec: { ...(document['spec'] as object), caBundle, service: { name: 'jit-apiserver', namespace: 'jit-system', port: at.apiserver } },
      }
    if (document.kind !== 'ValidatingWebhookConfiguration') return document
    const webhooks = document['webhooks'] as readonly { readonly clientConfig: object }[]
    return {
      ...document,
      webhooks: webhooks.map((webhook) => ({ ...webhook, clientConfig: { url: `https://localhost:${at.webhook}/validate`, caBundle } })),
    }
  })
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'jit-apiserver', namespace: 'jit-system' },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  }
  return { first: [...turned.filter((document) => !isConfiguration(document)), service], last: turned.filter(isConfiguration) }
}

type Part = { readonly name: 'apiserver' | 'webhook' | 'controller'; readonly port: number; readonly admin: number; readonly config: string }

async function configure(
  name: Part['name'],
  options: {
    readonly dir: string
    readonly port: number
    readonly cluster: Cluster
    readonly authority: Authority
    readonly token: string
    readonly own: object
  },
): Promise<Part> {
  const { dir, port, cluster } = options
  const admin = await freePort()
  const file = (suffix: string): string => join(dir, `${name}-${suffix}`)
  const pair = await options.authority.issue({
    commonName: name,
    usage: 'server',
    dns: ['localhost', `jit-${name}.jit-system.svc`],
    ips: ['127.0.0.1'],
  })
  await writeFile(file('tls.crt'), pair.cert)
  await writeFile(file('tls.key'), pair.key, { mode: 0o600 })
  const kubeconfig = {
    clusters: [{ name: 'c', cluster: { server: cluster.url, 'certificate-authority': cluster.caFile } }],
    users: [{ name: 'u', user: { token: options.token } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  }
  await writeFile(file('kubeconfig'), stringify(kubeconfig), { mode: 0o600 })
  const serving = { listen: { address: '127.0.0.1', port }, tls: { certFile: file('tls.crt'), keyFile: file('tls.key') } }
  const config = {
    ...(name === 'controller' ? {} : serving),
    admin: { address: '127.0.0.1', port: admin },
    kubeconfig: file('kubeconfig'),
    ...options.own,
  }
  await writeFile(file('config.yaml'), stringify(config))
  return { name, port, admin, config: file('config.yaml') }
}

async function start({ name, admin, config }: Part): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(ROOT, name, 'main.ts'), '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-4000)))
  const isReady = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${admin}/readyz`)).ok
  await until(`${name} is ready or has ended`, async () => child.exitCode !== null || (await isReady())).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw new Error(`${name} is not ready\n${log}`, { cause: error })
  })
  if (child.exitCode !== null) throw new Error(`${name} ended\n${log}`)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const post = (port: number, ca: string): Promise<string> =>
  new Promise((resolve) => {
    const sent = request({ host: 'localhost', port, path: '/validate', method: 'POST', ca }, (answer) => resolve(String(answer.statusCode)))
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code ?? ''} ${error.message}`)).end('{}')
  })

export async function startClusterFixture(env: { readonly [name: string]: string | undefined }): Promise<ClusterFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'jit-webhook-test-'))
  const endings: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const end of endings.splice(0).reverse()) await end()
  }
  try {
    const cluster = await startCluster({ ...settingsOf(env), dir: join(dir, 'cluster'), nodeKind: 'kwok', routing: 'off', say: () => undefined })
    endings.push(() => cluster.stop())
    const kubectl = (...args: readonly string[]): Promise<string> =>
      run(join(cluster.binDir, 'kubectl'), ['--kubeconfig', cluster.adminKubeconfig, ...args])
    const apply = async (...objects: readonly object[]): Promise<void> => {
      const file = join(dir, 'objects.yaml')
      await writeFile(file, objects.map((object) => stringify(object)).join('---\n'))
      await kubectl('apply', '-f', file)
    }
    const admin = patientClient(await clusterConfigFromKubeconfig(cluster.adminKubeconfig))
    endings.push(() => admin.close())
    const authority = await createAuthority('servers')
    const [apiserverPort = 0, webhookPort = 0] = await freePorts(2)
    const { first, last } = await shipped(kubectl, { apiserver: apiserverPort, webhook: webhookPort, ca: authority.cert })
    await apply(...first)
    const shared = async (name: string) => ({ dir, cluster, authority, token: (await kubectl('-n', 'jit-system', 'create', 'token', name)).trim() })
    const storage = { storage: { sqlite: join(dir, 'jit.db') } }
    const apiserver = await start(await configure('apiserver', { ...(await shared('jit-apiserver')), port: apiserverPort, own: storage }))
    endings.push(() => kill(apiserver))
    await until('jit.access is served', async () => {
      await admin.json({ method: 'GET', path: '/apis/jit.access/v1/accesspolicies' })
      return isDiscovered(admin)
    })
    const own = { clientCAFile: cluster.webhookClientCAFile }
    const part = await configure('webhook', { ...(await shared('jit-webhook')), port: webhookPort, own })
    let webhook = await start(part)
    endings.push(() => kill(webhook))
    await apply(...last)
    const keeps = {
      lease: { namespace: 'jit-system', name: 'jit-access-controller' },
      impersonator: { namespace: 'jit-system', name: 'jit-impersonator' },
      configuration: 'jit-access',
      governed: { namespace: 'jit-system', name: 'jit-access-governed' },
    }
    const controller = await start(await configure('controller', { ...(await shared('jit-controller')), port: 0, own: keeps }))
    endings.push(() => kill(controller))
    return {
      cluster,
      admin,
      metricsUrl: `http://127.0.0.1:${part.admin}/metrics`,
      askWithoutCertificate: () => post(webhookPort, authority.cert),
      kubectl,
      apply,
      createNamespace: async (name) => {
        await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
        await until('pods can be created', () => canHavePods(admin, name))
      },
      killWebhook: () => kill(webhook),
      startWebhook: async () => void (webhook = await start(part)),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

export const auditLog = (fixture: ClusterFixture): Promise<string> => readFile(fixture.cluster.auditLogFile, 'utf8')
