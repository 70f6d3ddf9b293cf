import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'
import { startIdentityProvider } from '../../../hack/identity-provider/start-identity-provider.ts'
import { freePorts } from '../../../hack/up/local/free-port.ts'
import { callProvider, findProvider } from '../../../hack/token/running-provider.ts'
import { startChild, type Child } from '../../child-process.ts'
import { until } from '../../until.ts'
import type { Door } from './raw-exchange.ts'

/** A gateway as it ships, as a separate process in front of the test's API server, which can be killed and restarted. */
export type GatewayProcess = {
  readonly door: Door
  readonly token: string
  readonly recordsDir: string
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

const ROOT = join(import.meta.dirname, '../../..')

export async function startGateway(apiserverPort: number): Promise<GatewayProcess> {
  const dir = await mkdtemp(join(tmpdir(), 'attack-gateway-'))
  const provider = await startIdentityProvider({ dir: join(dir, 'identity-provider') })
  const authority = await createAuthority('attack')
  const pair = await authority.issue({ commonName: 'localhost', usage: 'server', dns: ['localhost'] })
  const [port = 0, adminPort = 0] = await freePorts(2)
  const file = (name: string): string => join(dir, name)
  const kubeconfig = {
    'current-context': 'a',
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    clusters: [
      {
        name: 'a',
        cluster: { server: `http://127.0.0.1:${apiserverPort}`, 'certificate-authority-data': Buffer.from(authority.cert).toString('base64') },
      },
    ],
    users: [{ name: 'a', user: { token: 'of-the-gateway' } }],
  }
  const issuer = { issuer: provider.issuer, audiences: ['jit-gateway'], usernamePrefix: 'oidc:', groupsPrefix: 'oidc:', ca: provider.ca }
  const config = {
    listen: { address: '127.0.0.1', port },
    admin: { address: '127.0.0.1', port: adminPort },
    tls: { certFile: file('tls.crt'), keyFile: file('tls.key') },
    kubeconfig: file('kubeconfig'),
    impersonatorKubeconfig: file('kubeconfig'),
    issuersDir: file('issuers'),
    recordsDir: file('records'),
  }
  await Promise.all([mkdir(file('issuers')), mkdir(file('records'))])
  // JSON is also YAML.
  await Promise.all([
    writeFile(file('tls.crt'), pair.cert),
    writeFile(file('tls.key'), pair.key),
    writeFile(file('kubeconfig'), JSON.stringify(kubeconfig)),
    writeFile(file('issuers/one.yaml'), JSON.stringify(issuer)),
    writeFile(file('config.yaml'), JSON.stringify(config)),
  ])
  let child: Child | undefined
  const isReady = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${adminPort}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  const start = async (): Promise<void> => {
    const started = startChild(process.execPath, ['--disable-sigusr1', join(ROOT, 'gateway/main.ts'), '--config', file('config.yaml')])
    child = started
    const answered = await until('the gateway is ready or has ended', async () =>
      (await isReady()) ? 'ready' : started.isRunning() ? undefined : 'ended',
    )
    if (answered === 'ended') throw new Error(`the gateway did not become ready: ${started.said()}`)
  }
  const kill = async (): Promise<void> => void (await child?.end())
  await start()
  const token = await callProvider(findProvider(dir), 'mint', { user: 'agent', audience: 'jit-gateway', ttl: '3600' })
  return {
    door: { host: 'localhost', port, ca: await readFile(file('tls.crt'), 'utf8').then(() => authority.cert) },
    token,
    recordsDir: config.recordsDir,
    kill,
    start,
    stop: async () => {
      await kill()
      await provider.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
