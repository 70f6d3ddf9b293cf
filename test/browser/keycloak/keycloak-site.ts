import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { stringify } from 'yaml'
import { CALLBACK } from '../../../console/sign-in/sign-in.ts'
import { launchChromium } from '../../../hack/browser/launch.ts'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'
import { settingsOf } from '../../../hack/cluster/settings.ts'
import { startKeycloak, type Keycloak } from '../../../hack/keycloak/start-keycloak.ts'
import { makeRealm } from '../../../hack/up/keycloak.ts'
import { freePorts } from '../../../hack/up/local/free-port.ts'
import { createAccount } from '../../../hack/up/local/local-account.ts'
import { createKubeClient } from '../../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../../kube/cluster-config.ts'
import { environment } from '../../cluster/environment.ts'
import { startProgram } from '../../cluster/run-program.ts'
import { newPem } from '../../login/new-pem.ts'
import { ROOT } from '../../manifest/overlay.ts'

/** A console and a login of their own, with Keycloak behind them, as processes on the cluster of the shared environment. */
export type KeycloakSite = {
  readonly consoleURL: string
  readonly keycloak: Keycloak
  readonly password: string
  readonly browser: Browser
  close(): Promise<void>
}

const CLIENT = 'jit-console'

export async function startKeycloakSite(): Promise<KeycloakSite> {
  const ends: (() => Promise<unknown> | void)[] = []
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).toReversed()) await end()
  }
  try {
    return { ...(await start((end) => void ends.push(end))), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(later: (end: () => Promise<unknown> | void) => void): Promise<Omit<KeycloakSite, 'close'>> {
  const { kubernetes, kubeconfigs } = await environment()
  const dir = await mkdtemp(join(tmpdir(), 'keycloak-site-'))
  later(() => rm(dir, { recursive: true, force: true }))
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(join(dir, name), text, { mode: 0o600 })
    return join(dir, name)
  }
  const keycloak = await startKeycloak({
    cacheDir: settingsOf(process.env).cacheDir,
    say: (line) => void process.stderr.write(`${line}\n`),
    signal: new AbortController().signal,
  })
  later(() => keycloak.stop())
  const password = randomBytes(12).toString('hex')
  const provider = await makeRealm(keycloak, password)
  for (const [name, text] of Object.entries(provider.files)) await put(name, text)
  for (const folder of ['keys', 'records']) await mkdir(join(dir, folder))
  await put('keys/current.pem', newPem('rsa'))

  const client = createKubeClient(await clusterConfigFromKubeconfig(kubeconfigs.admin))
  later(() => client.close())
  const authority = await createAuthority('keycloak-site')
  const { cert, key } = await authority.issue({ commonName: 'localhost', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1'] })
  const caFile = await put('ca.crt', authority.cert)
  const tls = { certFile: await put('site.crt', cert), keyFile: await put('site.key', key) }
  const ports = await freePorts(4)
  const urlOf = (at: number): string => `https://localhost:${ports[at] ?? 0}`
  const [loginURL, consoleURL] = [urlOf(0), urlOf(1)]
  const secretFile = await put('client-secret', randomBytes(32).toString('hex'))
  const keysFile = await put('seal-keys', randomBytes(32).toString('base64'))

  const serve = async (part: 'login' | 'console', at: 0 | 1, config: object): Promise<void> => {
    const cluster = { server: kubernetes.url, caFile: kubernetes.caFile }
    const account = await createAccount({ client, name: `jit-${part}`, dir: join(dir, part), cluster, onError: () => undefined })
    later(() => account.stop())
    const [listen, admin] = [at, at + 2].map((port) => ({ address: '127.0.0.1', port: ports[port] }))
    const shared = { listen, admin, tls, kubeconfig: account.kubeconfig, url: urlOf(at) }
    const file = await put(`${part}.yaml`, stringify({ ...shared, ...config }))
    const program = startProgram(process.execPath, [join(ROOT, part, 'main.ts'), '--config', file], { seconds: 1800 })
    later(async () => {
      program.interrupt()
      await program.ended
    })
    await program.says('"event":"started"')
  }
  await provider.register(loginURL)
  await serve('login', 0, {
    keysDir: join(dir, 'keys'),
    sealKeysFile: keysFile,
    recordsDir: join(dir, 'records'),
    upstreams: [provider.upstream(dir)],
    clients: [{ id: CLIENT, secretFile, grants: ['AuthorizationCode'], redirectURIs: [`${consoleURL}${CALLBACK}`] }],
  })
  const prefixes = { usernamePrefix: 'oidc:', groupsPrefix: 'oidc:' }
  await serve('console', 1, {
    signIn: { issuer: loginURL, clientID: CLIENT, clientSecretFile: secretFile, caFile, ...prefixes },
    sessions: { keysFile },
  })
  const sites = [
    { url: loginURL, caFile },
    { url: consoleURL, caFile },
    { url: keycloak.url, caFile: keycloak.caFile },
  ]
  const browser = await launchChromium(sites, process.env)
  later(() => browser.close())
  return { consoleURL, keycloak, password, browser }
}
