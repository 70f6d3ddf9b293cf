import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Pool } from 'undici'
import { CONTENTS } from '../../../image/contents.ts'
import { agentToken } from '../../variants.ts'
import { firstUrl, startChild, type Child } from './child.ts'
import type { Way } from '../load.ts'
import { findPeers } from './peers.ts'
import { costOf, type ProcessCost } from './process-cost.ts'
import { writeGatewayConfig, writeKubeconfig, type Site } from '../run-files.ts'

/** One path to the same response. Variants are compared only with each other and only within one run. */
export type Variant = {
  readonly name: string
  /** Opens a path with this many connections. */
  way(connections: number): Way
  /** Cost of the proxy process. Absent if there is no proxy. */
  readonly cost?: ProcessCost
  /** Set for the gateway: the leak oracle inspects what it sends. */
  readonly ours?: true
  /** URL of its metrics. */
  readonly metricsUrl?: string
}

export type Variants = {
  readonly direct: Variant
  readonly ours: Variant
  readonly kubectl: Variant
  readonly go: Variant
  readonly node: Variant
  stop(): Promise<void>
}

export const named = ({ direct, ours, kubectl, go, node }: Variants): readonly Variant[] => [direct, ours, kubectl, go, node]

const JSON_ONLY = { accept: 'application/json' }
/** The Node that the gateway's start command uses. */
const NODE = process.execPath

const ROOT = join(import.meta.dirname, '../../../..')

type Connect = { readonly ca: string; readonly cert?: string; readonly key?: string }

function wayTo(url: string, connect: Connect | undefined, headers: { readonly [name: string]: string } = {}): (connections: number) => Way {
  return (connections) => ({
    pool: new Pool(url, {
      connections,
      allowH2: false,
      headersTimeout: 120_000,
      bodyTimeout: 120_000,
      ...(connect === undefined ? {} : { connect }),
    }),
    headers: { ...JSON_ONLY, ...headers },
  })
}

/** Flags of a proxy that only forwards: its upstream and its certificates. */
export const bareFlags = (site: Site, upstream: { readonly url: string; readonly ca: string }): readonly string[] => [
  `--upstream=${upstream.url}`,
  `--ca=${upstream.ca}`,
  `--client-cert=${site.client.certFile}`,
  `--client-key=${site.client.keyFile}`,
  `--server-cert=${site.serving.certFile}`,
  `--server-key=${site.serving.keyFile}`,
]

export const startNodeProxy = (bare: readonly string[]): Promise<Child> =>
  startChild({ command: NODE, args: [...CONTENTS.entrypoint.slice(1), join(import.meta.dirname, 'pass-through.ts'), ...bare], url: firstUrl })

async function startGateway(site: Site, upstreamKubeconfig: string | undefined): Promise<Child & { readonly admin: string }> {
  const { file, logFile, ports } = await writeGatewayConfig(site, upstreamKubeconfig)
  const [port = 0, adminPort = 0] = ports
  const admin = `http://127.0.0.1:${adminPort}`
  // The gateway prints nothing to standard output, so the shell prints the URL; exec keeps the pid.
  const script = `log=$0; echo https://localhost:${port}; exec "$@" 2>"$log"`
  const child = await startChild({
    command: 'sh',
    args: ['-c', script, logFile, NODE, ...CONTENTS.entrypoint.slice(1), join(ROOT, 'gateway/main.ts'), '--config', file],
    url: firstUrl,
  })
  for (let tries = 0; tries < 300; tries++) {
    const ready = await fetch(`${admin}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return { ...child, admin }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await child.stop()
  const log = await readFile(logFile, 'utf8')
  throw new Error(`the gateway of the bench was not ready in time; its log ends with:\n${log.trimEnd().split('\n').slice(-5).join('\n')}`)
}

/**
 * Opens all variants in front of one upstream: kube-apiserver, or a server in its place. All use TLS on both sides except `kubectl proxy`,
 * which serves plain HTTP.
 */
export async function openVariants(site: Site, upstream: { readonly url: string; readonly raw: boolean }, cacheDir: string): Promise<Variants> {
  const { environment, dir: up } = site.booted
  const upstreamCA = upstream.raw ? site.servingCA : site.kubernetesCA
  const [caText, servingCA, cert, key] = await Promise.all(
    [upstreamCA, site.servingCA, site.client.certFile, site.client.keyFile].map((file) => readFile(file, 'utf8')),
  )
  const connect = { ca: caText ?? '', ...(upstream.raw ? {} : { cert: cert ?? '', key: key ?? '' }) }
  const kubeconfig = upstream.raw ? await writeKubeconfig(join(site.dir, 'raw.kubeconfig'), upstream.url, site) : environment.kubeconfigs.admin

  const gateway = await startGateway(site, upstream.raw ? kubeconfig : undefined)
  const kubectl = await startChild({
    command: join(environment.binDir, 'kubectl'),
    args: ['proxy', '--port=0', '--kubeconfig', kubeconfig],
    url: (line) => /127\.0\.0\.1:\d+/.exec(line)?.[0].replace(/^/, 'http://'),
  })
  const bare = bareFlags(site, { url: upstream.url, ca: upstreamCA })
  const go = await startChild({
    command: await findPeers(cacheDir),
    args: bare,
    url: (line) => firstUrl(line)?.replace('127.0.0.1', 'localhost'),
  })
  const node = await startNodeProxy(bare)
  const token = await agentToken(up)
  const serving = { ca: servingCA ?? '' }
  return {
    direct: { name: 'direct', way: wayTo(upstream.url, connect) },
    ours: {
      name: 'gateway',
      way: wayTo(gateway.url, serving, { authorization: `Bearer ${token}` }),
      cost: costOf(gateway.pid),
      ours: true,
      metricsUrl: `${gateway.admin}/metrics`,
    },
    kubectl: { name: 'kubectl proxy', way: wayTo(kubectl.url, undefined), cost: costOf(kubectl.pid) },
    go: { name: 'Go ReverseProxy', way: wayTo(go.url, serving), cost: costOf(go.pid) },
    node: { name: 'bare Node proxy', way: wayTo(node.url, serving), cost: costOf(node.pid) },
    stop: async () => {
      await Promise.all([gateway.stop(), kubectl.stop(), go.stop(), node.stop()])
    },
  }
}
