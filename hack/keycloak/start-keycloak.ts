import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, fetch } from 'undici'
import { createAuthority } from '../cluster/certificate-authority.ts'
import { createComponent, type Component } from '../cluster/component.ts'
import { freePorts } from '../up/local/free-port.ts'
import { createAdmin, type KeycloakAdmin } from './keycloak-admin.ts'
import { findKeycloak, javaOptions, type DistributionOptions } from './distribution.ts'

export type Keycloak = {
  /** `https://localhost:PORT` */
  readonly url: string
  readonly version: string
  readonly ca: string
  readonly caFile: string
  readonly admin: KeycloakAdmin
  /** What it logged, for a test that failed. */
  readonly logFile: string
  readonly pid: () => number | undefined
  stop(): Promise<void>
}

export type KeycloakOptions = DistributionOptions & {
  /** Gets its certificate, its data and its log; stop() removes it. Defaults to a new temporary folder. */
  readonly dir?: string
  /** Password of `admin`. Defaults to a random one. */
  readonly password?: string
}

/** A busy machine needs minutes; an idle one twelve seconds. */
const START_MS = 300_000

/** Starts Keycloak with a database in memory and a certificate of its own, on free ports. It ends with this process. @throws Error that names the remedy */
export async function startKeycloak(options: KeycloakOptions): Promise<Keycloak> {
  const { home, version } = await findKeycloak(options)
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'keycloak-')))
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const authority = await createAuthority('keycloak-ca')
  const { cert, key } = await authority.issue({ commonName: 'keycloak', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1'] })
  const files = { cert: join(dir, 'tls.crt'), key: join(dir, 'tls.key'), ca: join(dir, 'ca.crt'), admin: join(dir, 'admin') }
  await Promise.all([
    writeFile(files.cert, cert),
    writeFile(files.key, key, { mode: 0o600 }),
    writeFile(files.ca, authority.cert),
    mkdir(join(dir, 'data')),
  ])
  const [port = 0, managementPort = 0] = await freePorts(2)
  const url = `https://localhost:${port}`
  const password = options.password ?? randomBytes(18).toString('base64url')
  const component = createComponent(
    {
      name: 'keycloak',
      command: '/usr/bin/env',
      // The password of a server that lives for one test or one local environment, on this machine only.
      args: [
        `KC_BOOTSTRAP_ADMIN_USERNAME=admin`,
        `KC_BOOTSTRAP_ADMIN_PASSWORD=${password}`,
        'java',
        ...javaOptions(home),
        ...startArguments({ url, port, managementPort, files }),
      ],
      dir,
    },
    process.platform === 'linux',
  )
  const dispatcher = new Agent({ connect: { ca: authority.cert } })
  const stop = async (): Promise<void> => {
    await component.kill()
    await dispatcher.destroy()
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    component.start()
    await untilReady(component, { dispatcher, healthURL: `https://localhost:${managementPort}/health/ready`, signal: options.signal })
  } catch (error) {
    await stop()
    throw error
  }
  const admin = createAdmin({ url, password, dispatcher })
  return { url, version, ca: authority.cert, caFile: files.ca, admin, logFile: component.logFile, pid: () => component.pid(), stop }
}

function startArguments({
  url,
  port,
  managementPort,
  files,
}: {
  readonly url: string
  readonly port: number
  readonly managementPort: number
  readonly files: { readonly cert: string; readonly key: string }
}): readonly string[] {
  return [
    'start',
    '--optimized',
    `--hostname=${url}`,
    `--https-port=${port}`,
    `--http-management-port=${managementPort}`,
    `--https-certificate-file=${files.cert}`,
    `--https-certificate-key-file=${files.key}`,
    '--http-host=127.0.0.1',
    '--cache=local',
    '--log-level=warn',
  ]
}

async function untilReady(
  component: Component,
  { dispatcher, healthURL, signal }: { readonly dispatcher: Agent; readonly healthURL: string; readonly signal: AbortSignal },
): Promise<void> {
  for (const until = performance.now() + START_MS; ;) {
    signal.throwIfAborted()
    const failure = await component.failure()
    if (failure !== undefined) throw new Error(failure)
    const response = await fetch(healthURL, { dispatcher, signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    await response?.text()
    if (response?.status === 200) return
    if (performance.now() > until) throw new Error(`Keycloak was not ready after ${START_MS / 1000} s; its log is ${component.logFile}`)
    await sleep(250)
  }
}
