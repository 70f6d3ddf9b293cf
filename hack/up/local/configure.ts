import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { configureConsole } from '../console.ts'
import type { UpContext } from '../up-context.ts'
import { issuerYaml, loginIssuerYaml } from '../issuer-yaml.ts'
import { configureLogin } from '../login/configure.ts'
import { SERVERS, type Part } from '../server-names.ts'
import { configOf, type Document } from './documents.ts'
import { freePorts } from './free-port.ts'
import { createAccount } from './local-account.ts'

/** The programs that run as processes: the servers and the standby of the apiserver. */
export const PROGRAMS = [...SERVERS, 'apiserver-standby'] as const
export type Program = (typeof PROGRAMS)[number]
export type Ports = { readonly [program in Program]: { readonly data: number; readonly admin: number } } & {
  /** Where the gateway serves its records to the apiserver. */
  readonly sessions: number
  /** Where kube-apiserver finds the aggregated API, whichever process serves it. */
  readonly api: number
}

export async function choosePorts(): Promise<Ports> {
  const ports = await freePorts(PROGRAMS.length * 2 + 2)
  const entries = PROGRAMS.map((program, index) => [program, { data: ports[2 * index] ?? 0, admin: ports[2 * index + 1] ?? 0 }] as const)
  return {
    ...(Object.fromEntries(entries) as { [program in Program]: { data: number; admin: number } }),
    sessions: ports.at(-2) ?? 0,
    api: ports.at(-1) ?? 0,
  }
}

/** Writes a kubeconfig with the token of a ServiceAccount, which is renewed while the environment runs. */
export async function account(context: UpContext, name: string): Promise<string> {
  const { client, cluster, layout, cleanup, say } = context
  const made = await createAccount({
    client,
    name,
    dir: join(layout.servers, name),
    cluster: { server: cluster.url, caFile: cluster.caFile },
    onError: (error) => say(`the token of ${name} is not renewed: ${String(error)}`),
  })
  cleanup.add(`the token of ${name}`, () => made.stop())
  return made.kubeconfig
}

async function writeTls(
  { client }: UpContext,
  part: Part | 'gateway-sessions' | 'apiserver-client',
  dir: string,
): Promise<{ readonly certFile: string; readonly keyFile: string }> {
  const { data } = await client.json<{ readonly data: { readonly [key: string]: string } }>({
    method: 'GET',
    path: `/api/v1/namespaces/jit-system/secrets/jit-${part}-tls`,
  })
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (const key of ['tls.crt', 'tls.key', 'ca.crt'] as const)
    await writeFile(join(dir, key), Buffer.from(data[key] ?? '', 'base64'), { mode: 0o600 })
  return { certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') }
}

/** The overlay's configuration of a program, with the paths and ports of this machine. */
export async function configure(
  context: UpContext,
  part: Program,
  given: { readonly documents: readonly Document[]; readonly ports: Ports },
): Promise<string> {
  const { layout, cluster, provider, login, slack } = context
  const dir = join(layout.servers, `jit-${part}`)
  const kubeconfig = await account(context, `jit-${part}`)
  const { data, admin } = given.ports[part]
  // With a real node kube-apiserver may not dial a loopback address, and the apiserver listens on every address itself.
  const address = cluster.nodeKind === 'real' ? '0.0.0.0' : '127.0.0.1'
  const serving = async (as: Part): Promise<object> => ({ listen: { address, port: data }, tls: await writeTls(context, as, join(dir, 'tls')) })
  const shared = {
    admin: { address: '127.0.0.1', port: admin },
    kubeconfig,
    ...(part === 'controller' ? {} : await serving(part === 'apiserver-standby' ? 'apiserver' : part)),
  }
  const consoleURL = `https://localhost:${given.ports.console.data}`
  const own: { readonly [name in Program]: () => object | Promise<object> } = {
    gateway: async () => {
      const issuersDir = join(dir, 'issuers')
      await mkdir(issuersDir, { recursive: true })
      const jwksURL = `${provider.issuer}/jwks`
      await writeFile(join(issuersDir, 'dev.yaml'), issuerYaml({ issuer: provider.issuer, ca: provider.ca, jwksURL }))
      await writeFile(join(issuersDir, 'login.yaml'), loginIssuerYaml(login, `${login.url}/jwks`))
      const sessions = {
        listen: { address: '127.0.0.1', port: given.ports.sessions },
        tls: await writeTls(context, 'gateway-sessions', join(dir, 'sessions-tls')),
        clientCAFile: join(dir, 'sessions-tls', 'ca.crt'),
        clientName: 'jit-apiserver-client.jit-system.svc',
      }
      return { recordsDir: layout.records, issuersDir, sessions }
    },
    apiserver: async () => ({
      storage: { sqlite: join(layout.data, 'jit-access.db') },
      // Next to the gateway's records and with the same limits: `replay` then also shows who decided.
      recordsDir: layout.records,
      recordsRetention: {},
      gateways: {
        addresses: [`127.0.0.1:${given.ports.sessions}`],
        serverName: 'jit-gateway-sessions.jit-system.svc',
        ...(await writeTls(context, 'apiserver-client', join(dir, 'client-tls'))),
        caFile: join(dir, 'client-tls', 'ca.crt'),
      },
      passkeys: { consoleURL },
    }),
    console: () => configureConsole(context, { dir, url: consoleURL }),
    login: () => configureLogin(context, consoleURL),
    webhook: () => ({ clientCAFile: cluster.webhookClientCAFile }),
    controller: () => ({
      gateway: { adminURL: `http://127.0.0.1:${given.ports.gateway.admin}` },
      notifications: { slackURL: slack.url, insecureReceivers: true, consoleURL },
    }),
    // standby.ts decides which process gets the connections.
    'apiserver-standby': () => ({ place: undefined }),
  }
  const config = parse(configOf(given.documents, `jit-${part}`)) as object
  const file = join(dir, 'config.yaml')
  await writeFile(file, stringify({ ...config, ...shared, ...(await own[part]()) }))
  return file
}
