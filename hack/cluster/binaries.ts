import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from './build/cache.ts'
import { buildKubernetes } from './build/kubernetes.ts'
import { buildNode } from './build/node.ts'
import { cacheKey, KUBERNETES_VERSION } from './build/recipe.ts'
import { run } from './build/run-build.ts'
import { createSteps } from './build/build-steps.ts'

/** real: containers; kwok: simulated; none: an API without nodes. */
export type NodeKind = 'real' | 'kwok' | 'none'

/** Where the programs of a cluster are. The folders of `node` exist only for a real node. */
export type Binaries = {
  readonly version: string
  readonly binDir: string
  readonly nodeKind: NodeKind
  readonly kwokStages?: string
  readonly nodeDir?: string
}

export type BinariesOptions = {
  /** Defaults to the best that this machine can run. */
  readonly nodeKind?: NodeKind
  /** Cache folder of the built binaries. */
  readonly cacheDir: string
  /** A folder with kube-apiserver, etcd and kubectl (KUBEBUILDER_ASSETS). Absent: they are built with Go. */
  readonly assetsDir?: string
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

const OLDEST_GO = [1, 26] as const
const REMEDY = `Install Go >= ${OLDEST_GO.join('.')} (https://go.dev/dl), which builds a cluster once, or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd and kubectl (setup-envtest use -p path prints one).`

/**
 * Finds or builds what a cluster runs.
 * @throws Error that names the remedies if there is neither Go nor a folder of binaries
 */
export async function findBinaries(options: BinariesOptions): Promise<Binaries> {
  return options.assetsDir === undefined ? await build(options) : await givenAssets(options, options.assetsDir)
}

const has = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

async function givenAssets({ nodeKind, say }: BinariesOptions, binDir: string): Promise<Binaries> {
  for (const name of ['kube-apiserver', 'etcd', 'kubectl']) {
    if (!(await has(join(binDir, name)))) throw new Error(`KUBEBUILDER_ASSETS=${binDir} has no ${name}. ${REMEDY}`)
  }
  const version = /v\d+\.\d+\.\d+\S*/.exec(await run(join(binDir, 'kube-apiserver'), ['--version']))?.[0] ?? 'unknown'
  const stages = join(binDir, 'kwok-stages.yaml')
  const simulates = (await has(join(binDir, 'kwok'))) && (await has(stages)) && (await has(join(binDir, 'kube-controller-manager')))
  if (nodeKind === 'real') throw new Error('KUBEBUILDER_ASSETS has no node with real containers: unset it to have one built')
  if (simulates && nodeKind !== 'none') return { version, binDir, nodeKind: 'kwok', kwokStages: stages }
  say('KUBEBUILDER_ASSETS has no node: Pods are accepted and never run')
  return { version, binDir, nodeKind: 'none' }
}

async function build({ nodeKind, cacheDir, say, signal }: BinariesOptions): Promise<Binaries> {
  await needGo()
  const steps = createSteps(say, signal)
  const kubernetes = await cached(cacheDir, { name: 'kubernetes', key: () => cacheKey('kubernetes'), build: buildKubernetes }, steps)
  const simulated: Binaries = {
    version: KUBERNETES_VERSION,
    binDir: join(kubernetes, 'bin'),
    nodeKind: nodeKind === 'none' ? 'none' : 'kwok',
    kwokStages: join(kubernetes, 'kwok-stages.yaml'),
  }
  if (nodeKind === 'kwok' || nodeKind === 'none') return simulated
  try {
    await needContainers()
    const node = { name: 'node', key: () => cacheKey('node'), build: buildNode }
    return { ...simulated, nodeKind: 'real', nodeDir: await cached(cacheDir, node, steps) }
  } catch (error) {
    if (nodeKind === 'real' || signal.aborted) throw error
    const [why] = String(error instanceof Error ? error.message : error)
      .split('\n')
      .slice(-1)
    say(`no node with real containers, a simulated one instead: ${why}`)
    return simulated
  }
}

// All in namespaces that end with the shell, so nothing stays on the machine.
const PROBE = 'mount -t tmpfs probe /tmp && ip link add probe0 type veth peer name probe1 && nsenter --version && setpriv --version'

/**
 * Tries namespaces, mounts and links, which takes an instant: root in a container may be allowed none of them.
 * @throws Error saying what is missing
 */
async function needContainers(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('that needs Linux')
  if (process.getuid?.() !== 0) throw new Error('that needs root')
  await run('unshare', ['--mount', '--pid', '--net', '--uts', '--ipc', '--fork', 'sh', '-c', PROBE])
}

async function needGo(): Promise<void> {
  const said = await run('go', ['env', 'GOVERSION']).catch(() => undefined)
  if (said === undefined) throw new Error(`There is no Go on PATH. ${REMEDY}`)
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(said) ?? []
  // With GOTOOLCHAIN=auto an older Go fetches a newer one, but only inside the module's folder. This runs outside of it, so an older Go counts
  // as too old.
  if (Number(major) < OLDEST_GO[0] || (Number(major) === OLDEST_GO[0] && Number(minor) < OLDEST_GO[1]))
    throw new Error(`Go ${said.trim()} is too old. ${REMEDY}`)
}
