import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { writeApiserverFiles } from './control-plane/apiserver-files.ts'
import { writeAuthentication } from './control-plane/authentication.ts'
import { findBinaries, type Binaries } from './binaries.ts'
import { makeCertificates } from './certificates.ts'
import { leasePorts, sweepClusters, releasePorts } from './leases/port-leases.ts'
import type { Cluster, ClusterOptions } from './cluster.ts'
import { apiserverSpec, controllersSpec, etcdSpec, schedulerSpec, type Routing } from './control-plane/control-plane.ts'
import { writeKubeconfigs } from './control-plane/kubeconfigs.ts'
import { createMachine, type Machine } from './machine.ts'
import { makeCgroups } from './node/cgroups.ts'
import { writeNodeFiles } from './node/node-files.ts'
import { addressKwokNode, createKwokNode, kwokSpec, writeKwokFiles } from './node/kwok.ts'
import { nodeSpec, plugLink, runInNode } from './node/real.ts'
import { hasDefaultServiceAccount, isNodeReady, waitUntil } from './readiness.ts'
import { MARK, removeLeftovers } from './leases/leftovers.ts'
import { kubeconfigOf, siteOf, type Site } from './addresses.ts'

const NODE_SECONDS = 180

/**
 * Boots a cluster and returns once it accepts Pods. If the boot fails or is aborted, nothing stays behind. After that the caller must call
 * `stop()` on every exit path.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const started = performance.now()
  const signal = options.signal ?? new AbortController().signal
  const say = (line: string): void => options.say(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`)
  const binaries = await findBinaries({ ...options, signal })
  const dir = resolve(options.dir)
  await sweepClusters(say) // the previous cluster in this folder may have been killed
  await needEmpty(dir)
  const port = await leasePorts(dir, say)
  const site = siteOf(dir, port, binaries.nodeKind)
  const routing = options.routing ?? (binaries.nodeKind === 'real' ? 'on' : 'off')
  let machine: Machine | undefined
  try {
    await prepare(site, binaries, options)
    machine = await createMachine(site)
    await boot(machine, { binaries, routing, signal, say })
    const cluster = clusterOf(machine, { binaries, routing })
    for (const tar of options.images ?? []) await cluster.importImage(tar)
    return cluster
  } catch (error) {
    if (machine === undefined) {
      await removeLeftovers({ port, dir, processes: [] })
      await releasePorts(port)
    } else await machine.stop()
    throw error
  }
}

/** The folder is removed with its whole content, so it must not hold anything else. */
async function needEmpty(dir: string): Promise<void> {
  const names = await readdir(dir).catch(() => [])
  if (names.length > 0) throw new Error(`${dir} is not empty: the folder of a cluster is removed with it, so it must be its own`)
}

async function prepare(site: Site, binaries: Binaries, options: ClusterOptions): Promise<void> {
  await mkdir(site.dir, { recursive: true, mode: 0o700 })
  await writeFile(join(site.dir, MARK), String(site.port))
  await makeCertificates(site)
  await writeKubeconfigs(site)
  if (binaries.nodeKind === 'real') await plugLink(site)
  await writeApiserverFiles(site, options)
  if (binaries.nodeKind === 'kwok') await writeKwokFiles(site, binaries)
  if (binaries.nodeDir !== undefined && binaries.nodeKind === 'real') {
    await writeNodeFiles(site, binaries.nodeDir)
    await makeCgroups(site.cgroup)
  }
}

type Boot = { readonly binaries: Binaries; readonly routing: Routing; readonly signal: AbortSignal; readonly say: (line: string) => void }

async function boot(machine: Machine, { binaries, routing, signal, say }: Boot): Promise<void> {
  const { site, client } = machine
  machine.start(etcdSpec(site, binaries))
  machine.start(apiserverSpec(site, binaries, routing))
  const { nodeDir, binDir, nodeKind } = binaries
  if (nodeDir !== undefined && nodeKind === 'real') await machine.startNode(nodeSpec(site, { nodeDir, binDir }))
  await machine.note()
  await machine.untilApiReady(signal)
  say(`kube-apiserver ${binaries.version} is ready`)
  if (nodeKind === 'none') return
  machine.start(controllersSpec(site, binaries))
  machine.start(schedulerSpec(site, binaries))
  if (nodeKind === 'kwok') {
    machine.start(kwokSpec(site, binaries))
    await createKwokNode(client, site)
  }
  await machine.note()
  const logFile = join(site.dir, nodeKind === 'real' ? 'kubelet.log' : 'kwok.log')
  const wait = { components: machine.components(), limitSeconds: NODE_SECONDS, logFile, signal }
  await waitUntil({ ...wait, what: 'the node is ready', holds: () => isNodeReady(client, site.nodeName) })
  if (nodeKind === 'kwok') await addressKwokNode(client, site)
  say(`the node is ready (${nodeKind === 'real' ? 'real containers' : 'simulated by kwok'})`)
  await waitUntil({ ...wait, what: 'the default ServiceAccount is there', holds: () => hasDefaultServiceAccount(client) })
}

function clusterOf(machine: Machine, { binaries, routing }: Pick<Boot, 'binaries' | 'routing'>): Cluster {
  const { site } = machine
  const inNode = async (argv: readonly string[], stdin?: string): Promise<string> => {
    const init = machine.nodeInit()
    if (binaries.nodeDir === undefined || init === undefined) throw new Error(`this cluster has no node with real containers (${binaries.nodeKind})`)
    return await runInNode(init, { nodeDir: binaries.nodeDir, binDir: binaries.binDir }, { argv, ...(stdin === undefined ? {} : { stdin }) })
  }
  return {
    url: `https://127.0.0.1:${site.port}`,
    version: binaries.version,
    caFile: join(site.dir, 'pki/ca.crt'),
    adminKubeconfig: kubeconfigOf(site, 'admin'),
    auditLogFile: join(site.dir, 'audit.log'),
    webhookClientCAFile: join(site.dir, 'pki/webhook-client-ca.crt'),
    nodeKind: binaries.nodeKind,
    routing,
    hostIP: site.hostIP,
    nodeIP: site.nodeIP,
    binDir: binaries.binDir,
    dir: site.dir,
    processes: machine.processes,
    setIssuers: (issuers) => writeAuthentication(site.dir, issuers),
    // Pass the tar through standard input: the node may have another folder mounted at its path.
    importImage: async (tar) => void (await inNode(['ctr', '-n', 'k8s.io', 'images', 'import', '-'], tar)),
    runInNode: (argv) => inNode(argv),
    kill: machine.kill,
    restart: machine.restart,
    stop: machine.stop,
  }
}
