import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCertManager, type CertManager } from '../../../hack/cert-manager/start-cert-manager.ts'
import type { Cluster } from '../../../hack/cluster/cluster.ts'
import { settingsOf } from '../../../hack/cluster/settings.ts'
import { startCluster } from '../../../hack/cluster/start-cluster.ts'
import { buildImage } from '../../../hack/image/build.ts'
import { createKubectl, type Kubectl } from '../../../hack/up/kubectl.ts'
import { layoutOf } from '../../../hack/up/environment-paths.ts'
import { makeVolumes } from '../../../hack/up/pods/make-volumes.ts'
import { until } from '../../until.ts'

/** Applies manifests/install.yaml as an admin does, in a separate cluster with the real cert-manager. */
const ROOT = join(import.meta.dirname, '../../..')
const settings = settingsOf(process.env)
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const { signal } = new AbortController()
const real = process.platform === 'linux' && process.getuid?.() === 0
const TEST_MS = 600_000
let dir: string
let cluster: Cluster | undefined
let manager: CertManager | undefined
let kubectl: Kubectl

const LIMIT = { seconds: 280, everyMs: 200 }
/** Ends early, with the end of its log, if cert-manager itself has ended. */
async function eventually<T>(what: string, probe: () => Promise<T>): Promise<Exclude<T, undefined | false>> {
  let failure: string | undefined
  const found = await until(
    what,
    async () => {
      failure = await manager?.failure()
      return failure === undefined ? probe() : { failure }
    },
    LIMIT,
  )
  if (failure !== undefined) throw new Error(failure)
  return found as Exclude<T, undefined | false>
}
const json = async <T>(...args: readonly string[]): Promise<T> => JSON.parse(await kubectl([...args, '-o', 'json'])) as T

type Pods = {
  readonly items: readonly {
    readonly metadata: { readonly uid: string }
    readonly status: { readonly podIP: string; readonly containerStatuses: readonly { readonly restartCount: number }[] }
  }[]
}
const pod = async (part: string) => (await json<Pods>('-n', 'jit-system', 'get', 'pods', '-l', `app.kubernetes.io/name=jit-${part}`)).items[0]

/** Serial number of the certificate that a pod serves. */
function serialOf(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 8443, rejectUnauthorized: false, timeout: 5000 }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

const available = async (): Promise<true | undefined> => {
  const { status } = await json<{ readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }>(
    'get',
    'apiservice',
    'v1.jit.access',
  )
  return status?.conditions?.some((condition) => condition.type === 'Available' && condition.status === 'True') === true ? true : undefined
}

beforeAll(async () => {
  if (!real) return
  dir = await mkdtemp(join(tmpdir(), 'jit-cert-manager-'))
  const name = /image: (\S+)/.exec(await readFile(join(ROOT, 'manifests/install.yaml'), 'utf8'))?.[1] ?? ''
  const image = await buildImage({ root: ROOT, cache: join(settings.cacheDir, '../image'), name })
  cluster = await startCluster({ ...settings, dir: join(dir, 'cluster'), nodeKind: 'real', images: [image.file], say })
  kubectl = createKubectl({ binDir: cluster.binDir, kubeconfig: cluster.adminKubeconfig })
  manager = await startCertManager({
    dir: join(dir, 'cert-manager'),
    kubectl: join(cluster.binDir, 'kubectl'),
    kubeconfig: cluster.adminKubeconfig,
    cacheDir: settings.cacheDir,
    say,
    signal,
  })
  await kubectl(['apply', '-f', join(ROOT, 'kustomize/base/namespace.yaml')])
  await makeVolumes(kubectl, layoutOf(dir))
  await kubectl(['apply', '-f', join(ROOT, 'manifests/install.yaml')])
}, 900_000)
afterAll(async () => {
  await manager?.stop()
  await cluster?.stop()
  if (dir !== undefined) await rm(dir, { recursive: true, force: true })
})

test.runIf(real)(
  'cert-manager issues every certificate',
  async () => {
    await kubectl(['-n', 'jit-system', 'wait', '--for=condition=Ready', '--timeout=170s', 'certificate', '--all'])
    const { items } = await json<{ readonly items: readonly { readonly metadata: { readonly name: string } }[] }>(
      '-n',
      'jit-system',
      'get',
      'certificates',
    )
    expect(items.map(({ metadata }) => metadata.name)).toEqual([
      'jit-access-ca',
      'jit-apiserver',
      'jit-apiserver-client',
      'jit-gateway',
      'jit-gateway-sessions',
      'jit-webhook',
    ])
  },
  TEST_MS,
)

test.runIf(real)(
  'kube-apiserver verifies the aggregated API with the injected CA',
  async () => {
    await eventually('the APIService is available', available)
    const { spec } = await json<{ readonly spec: { readonly caBundle?: string; readonly insecureSkipTLSVerify?: boolean } }>(
      'get',
      'apiservice',
      'v1.jit.access',
    )
    const ca = (await kubectl(['-n', 'jit-system', 'get', 'secret', 'jit-apiserver-tls', '-o', String.raw`jsonpath={.data.ca\.crt}`])).trim()
    expect({ ca: spec.caBundle, skips: spec.insecureSkipTLSVerify ?? false }).toEqual({ ca, skips: false })
    const { webhooks } = await json<{ readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[] }>(
      'get',
      'validatingwebhookconfiguration',
      'jit-access',
    )
    expect(webhooks.map(({ clientConfig }) => clientConfig.caBundle)).toEqual([ca])
    // The discovery of kube-apiserver lists a group a moment after its APIService is available.
    expect(await eventually('kubectl finds the resource', () => kubectl(['get', 'accesspolicies']))).toBe('')
  },
  TEST_MS,
)

test.runIf(real)(
  'a renewed certificate is served without a restart',
  async () => {
    const before = await pod('apiserver')
    const address = before?.status.podIP ?? ''
    const serial = await serialOf(address)
    // Delete its Secret, so that cert-manager issues another at once.
    await kubectl(['-n', 'jit-system', 'delete', 'secret', 'jit-apiserver-tls'])
    await eventually('another certificate is served', async () => (await serialOf(address)) !== serial)
    await eventually('the APIService is available', available)
    const after = await pod('apiserver')
    expect([after?.metadata.uid, after?.status.containerStatuses[0]?.restartCount]).toEqual([
      before?.metadata.uid,
      before?.status.containerStatuses[0]?.restartCount,
    ])
  },
  TEST_MS,
)
