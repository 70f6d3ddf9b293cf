import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse, stringify } from 'yaml'
import { clusterConfigFromKubeconfig } from '../../../kube/cluster-config.ts'
import type { Booted } from '../../demo/boot.ts'
import { freePorts } from '../../up/local/free-port.ts'

export type Pair = { readonly certFile: string; readonly keyFile: string }

/** What all variants of a run share: certificates, the admin's credentials, and a folder for files. */
export type Site = {
  readonly booted: Booted
  readonly dir: string
  /** The gateway's serving certificate; the other servers of the benchmark use it too, so that TLS costs the same. */
  readonly serving: Pair
  readonly servingCA: string
  /** The admin's client certificate. */
  readonly client: Pair
  readonly kubernetesCA: string
  remove(): Promise<void>
}

export async function openSite(booted: Booted): Promise<Site> {
  const { environment } = booted
  const dir = await mkdtemp(join(tmpdir(), 'jit-bench-'))
  const { credential } = await clusterConfigFromKubeconfig(environment.kubeconfigs.admin)
  if (credential.kind !== 'certificate') throw new Error('the admin kubeconfig has no client certificate')
  const client = { certFile: join(dir, 'client.crt'), keyFile: join(dir, 'client.key') }
  await writeFile(client.certFile, credential.cert)
  await writeFile(client.keyFile, credential.key, { mode: 0o600 })
  const tls = join(booted.dir, 'servers/jit-gateway/tls')
  return {
    booted,
    dir,
    client,
    serving: { certFile: join(tls, 'tls.crt'), keyFile: join(tls, 'tls.key') },
    servingCA: environment.gateway.caFile,
    kubernetesCA: environment.kubernetes.caFile,
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}

/** Writes a kubeconfig for an upstream, with a token that is never checked or with the admin's certificate. */
export async function writeKubeconfig(file: string, server: string, site: Site): Promise<string> {
  const user = { 'client-certificate': site.client.certFile, 'client-key': site.client.keyFile }
  const name = 'bench'
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server, 'certificate-authority': site.servingCA } }],
    users: [{ name, user }],
  }
  await writeFile(file, stringify(document), { mode: 0o600 })
  return file
}

/**
 * Writes the configuration of a second gateway: the environment's own, except for the listen addresses and the upstream. It does not serve
 * recordings to jit-apiserver, because jit-apiserver asks the gateway of the environment.
 */
export async function writeGatewayConfig(
  site: Pick<Site, 'booted' | 'dir'>,
  upstreamKubeconfig: string | undefined,
): Promise<{ readonly file: string; readonly logFile: string; readonly ports: readonly number[] }> {
  const [port = 0, admin = 0] = await freePorts(2)
  const dir = join(site.dir, `gateway-${port}`)
  await mkdir(join(dir, 'records'), { recursive: true })
  const own = parse(await readFile(join(site.booted.dir, 'servers/jit-gateway/config.yaml'), 'utf8')) as { readonly [field: string]: unknown }
  const { impersonator, sessions: _sessions, ...rest } = own
  const config = {
    ...rest,
    ...(upstreamKubeconfig === undefined ? { impersonator } : { impersonatorKubeconfig: upstreamKubeconfig }),
    listen: { address: '127.0.0.1', port },
    admin: { address: '127.0.0.1', port: admin },
    recordsDir: join(dir, 'records'),
    // All requests of a benchmark come from one identity.
    limits: { recordBytesPerSecond: 2 ** 30, refusedRecordBytesPerSecond: 2 ** 30 },
  }
  const file = join(dir, 'config.yaml')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, stringify(config), { mode: 0o600 })
  return { file, logFile: join(dir, 'gateway.log'), ports: [port, admin] }
}
