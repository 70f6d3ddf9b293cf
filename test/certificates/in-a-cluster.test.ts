import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY_MS } from '../../certificates/authorities.ts'
import { bootstrap } from '../../certificates/bootstrap.ts'
import { readCertificatesConfig, type CertificatesConfig } from '../../certificates/config.ts'
import type { Cluster } from '../../hack/cluster/cluster.ts'
import { settingsOf } from '../../hack/cluster/settings.ts'
import { startCluster } from '../../hack/cluster/start-cluster.ts'
import { apply, createKubectl, type Kubectl } from '../../hack/up/kubectl.ts'
import { configOf, forProcesses, readDocuments } from '../../hack/up/local/documents.ts'
import { createAccount } from '../../hack/up/local/local-account.ts'
import { createKubeClient, type KubeClient } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'

/** The program of the bootstrap component with the RBAC of the component, also at later dates. */
const ROOT = join(import.meta.dirname, '../..')
let dir: string
let cluster: Cluster
let kubectl: Kubectl
let client: KubeClient
let config: CertificatesConfig

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-certificates-'))
  cluster = await startCluster({ ...settingsOf(process.env), dir: join(dir, 'cluster'), nodeKind: 'none', say: () => undefined })
  kubectl = createKubectl({ binDir: cluster.binDir, kubeconfig: cluster.adminKubeconfig })
  const documents = readDocuments(await kubectl(['kustomize', join(ROOT, 'kustomize/overlays/local')]))
  await apply(kubectl, forProcesses(documents, { ports: { gateway: 1, apiserver: 2, webhook: 3, console: 4, login: 5 } }))
  await writeFile(join(dir, 'config.yaml'), configOf(documents, 'jit-certificates'))
  config = await readCertificatesConfig(join(dir, 'config.yaml'))
  const admin = createKubeClient(await clusterConfigFromKubeconfig(cluster.adminKubeconfig))
  const account = await createAccount({
    client: admin,
    name: 'jit-certificates',
    dir: join(dir, 'account'),
    cluster: { server: cluster.url, caFile: cluster.caFile },
    onError: () => undefined,
  })
  account.stop()
  await admin.close()
  client = createKubeClient(await clusterConfigFromKubeconfig(account.kubeconfig))
}, 900_000)
afterAll(async () => {
  await client?.close()
  await cluster?.stop()
  await rm(dir, { recursive: true, force: true })
})

async function run(nowMs: number): Promise<readonly string[]> {
  const changes: string[] = []
  await bootstrap({ client, config, nowMs, changed: (what) => changes.push(what) })
  return changes.sort()
}
const caBundle = async (): Promise<string> => kubectl(['get', 'apiservice', 'v1.jit.access', '-o', 'jsonpath={.spec.caBundle}'])

const START = Date.now()
const SERVING = ['jit-apiserver-client-tls', 'jit-apiserver-tls', 'jit-console-tls', 'jit-gateway-sessions-tls', 'jit-gateway-tls', 'jit-webhook-tls']
const INJECTED = ['caBundle of apiservice v1.jit.access', 'caBundle of validatingwebhookconfiguration jit-access']

test('the first run creates everything', async () => {
  expect(await run(START)).toEqual(
    ['authorities in secret jit-access-authority: 1', ...INJECTED, ...SERVING.map((name) => `certificate in secret ${name}`)].sort(),
  )
  const webhook = await kubectl(['get', 'validatingwebhookconfiguration', 'jit-access', '-o', 'jsonpath={.webhooks[*].clientConfig.caBundle}'])
  expect(webhook).toBe(await caBundle())
})

test('a second run changes nothing', async () => {
  expect(await run(START + DAY_MS)).toEqual([])
})

test('serving certificates are renewed before they expire, under the same CA', async () => {
  const before = await caBundle()
  expect(await run(START + 61 * DAY_MS)).toEqual(SERVING.map((name) => `certificate in secret ${name}`))
  expect(await caBundle()).toBe(before)
})

test('a CA is renewed early, and the old one stays in every bundle', async () => {
  const old = Buffer.from(await caBundle(), 'base64').toString('utf8')
  const changes = await run(START + 615 * DAY_MS)
  expect(changes).toEqual(
    ['authorities in secret jit-access-authority: 2', ...INJECTED, ...SERVING.map((name) => `certificate in secret ${name}`)].sort(),
  )
  const bundle = Buffer.from(await caBundle(), 'base64').toString('utf8')
  expect(bundle.startsWith(old)).toBe(true)
  expect(bundle.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
})

test('RBAC limits it to its own Secrets', async () => {
  const other = { namespace: 'jit-system', authoritySecret: 'another' }
  await expect(bootstrap({ client, config: { ...config, ...other }, nowMs: START, changed: () => undefined })).rejects.toThrow(
    /secrets "another" is forbidden/,
  )
})
