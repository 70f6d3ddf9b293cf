import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join, resolve } from 'node:path'
import { createAuthority } from '../cluster/certificate-authority.ts'
import { readIdentities, OWN_IDENTITIES } from './identities.ts'
import { close, listenOn } from './listen.ts'
import { withLogin } from './login.ts'
import { createProvider, type Client } from './provider.ts'
import { createSigningKeys } from './signing-keys.ts'
import { createStore } from './provider-store.ts'

export type IdentityProviderOptions = {
  /** Gets ca.crt, secret (mode 0600) and provider.json, which stop() removes. */
  readonly dir: string
  /** Defaults to any free port. */
  readonly port?: number
  /** Addresses besides 127.0.0.1 that it listens on and has a certificate for, such as the host as pods see it. */
  readonly addresses?: readonly string[]
  /** Defaults to identities.yaml in this folder. */
  readonly identitiesFile?: string
}

export type IdentityProvider = {
  /** `https://localhost:PORT` */
  readonly issuer: string
  readonly caFile: string
  readonly ca: string
  readonly port: number
  readonly dir: string
  /** Listens on one more address of this machine, on the same port, with a certificate for it, such as the host as pods see it. */
  listenAlso(address: string): Promise<void>
  /** Lets humans sign in to one more client. */
  addClient(client: Client): void
  stop(): Promise<void>
}

/** `DIR/provider.json`: how token tools find a running provider. The secret is in a separate file. */
export type ProviderFile = { readonly issuer: string; readonly caFile: string; readonly secretFile: string; readonly pid: number }

export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const dir = resolve(options.dir)
  const addresses = [...new Set(['127.0.0.1', ...(options.addresses ?? [])])]
  const identities = await readIdentities(options.identitiesFile ?? OWN_IDENTITIES)
  const authority = await createAuthority('identity-provider-ca')
  const certificate = await authority.issue({ commonName: 'identity-provider', usage: 'server', dns: ['localhost'], ips: addresses })
  const secret = randomBytes(32).toString('hex')
  const servers = addresses.map(() => createServer({ ...certificate, minVersion: 'TLSv1.2' }))
  const port = await listenOn(servers, addresses, options.port ?? 0)
  const issuer = `https://localhost:${port}`

  let handle: RequestListener | undefined
  const serveOn = (server: Server): void => void server.on('request', (request, response) => handle?.(request, response))

  let [keys, clients] = [await createSigningKeys(), [] as readonly Client[]]
  const kept = { store: createStore(), cookieKeys: [randomBytes(32).toString('hex')] }
  const rotate = async (keepOld: boolean): Promise<void> => {
    keys = [...(await createSigningKeys()), ...(keepOld ? keys : [])]
    serve()
  }
  // A provider's keys and clients are fixed at creation, so a change creates another and the servers switch over to it.
  const serve = (): void => {
    handle = withLogin(createProvider({ issuer, keys, secret, clients, identities, ...kept, rotate }), identities)
  }
  for (const server of servers) serveOn(server)
  serve()

  const files = { caFile: join(dir, 'ca.crt'), secretFile: join(dir, 'secret') }
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeFile(files.caFile, authority.cert)
  await writeFile(files.secretFile, secret, { mode: 0o600 })
  const described: ProviderFile = { issuer, ...files, pid: process.pid }
  await writeFile(join(dir, 'provider.json.new'), JSON.stringify(described))
  await rename(join(dir, 'provider.json.new'), join(dir, 'provider.json'))
  return {
    issuer,
    caFile: files.caFile,
    ca: authority.cert,
    port,
    dir,
    listenAlso: async (address) => {
      const own = await authority.issue({ commonName: 'identity-provider', usage: 'server', dns: ['localhost'], ips: [address] })
      const server = createServer({ ...own, minVersion: 'TLSv1.2' })
      serveOn(server)
      await listenOn([server], [address], port)
      servers.push(server)
    },
    addClient: (client) => {
      clients = [...clients, client]
      serve()
    },
    stop: async () => {
      await Promise.all(servers.map(close))
      for (const name of ['ca.crt', 'secret', 'provider.json']) await rm(join(dir, name), { force: true })
      await rmdir(dir).catch(() => undefined) // keep the folder if it holds anything else
    },
  }
}
