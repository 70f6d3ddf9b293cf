import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type Request, type Response } from 'express'
import { Registry } from 'prom-client'
import type { Clock } from '../../../domain/clock.ts'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'
import type { SamlConfig } from '../../../login/saml/config.ts'
import { makeSamlUpstream } from '../../../login/saml/saml-upstream.ts'
import type { LogoutName, Outcome, SignedIn, Upstream, UpstreamContext } from '../../../login/upstream-provider.ts'
import type { SamlKey } from './identity-provider.ts'

/** A service provider alone: what login has around an upstream, as small as it can be. */
export type App = {
  /** As its configuration says. */
  readonly url: string
  readonly listensAt: string
  readonly ca: string
  readonly upstream: Upstream
  readonly registry: Registry
  readonly ended: readonly LogoutName[]
  readonly logged: readonly string[]
  /** Every outcome, in order. */
  readonly outcomes: readonly Outcome[]
  /** Replaces the metadata of the identity provider, where they are a file. */
  publish(xml: string): Promise<void>
  stop(): Promise<void>
}

export type AppOptions = {
  /** Without keys and metadata, which the app writes to files. */
  readonly config?: Partial<SamlConfig>
  readonly entityID: string
  readonly signing: SamlKey
  readonly decryption?: readonly SamlKey[]
  readonly clock?: Clock
  /** URL of the app for others than itself. Defaults to where it listens. */
  readonly publicURL?: string
  readonly metadata: { readonly xml: string } | { readonly url: string; readonly ca: string }
  /** The store of the replicas; shared by apps that are replicas. Undefined: one of its own. */
  readonly remembered?: Map<string, string>
  readonly port?: number
}

const METADATA = 'idp.xml'

/** The upstream is `corp`. `/begin` signs in, with `max_age` as programs ask for it, `/finish` says who signed in, `/sign-out` signs out. */
export async function startApp(options: AppOptions): Promise<App> {
  const dir = await mkdtemp(join(tmpdir(), 'saml-app-'))
  const authority = await createAuthority('app-ca')
  const outcomes: Outcome[] = []
  const people = new Map<string, Outcome>()
  const ended: LogoutName[] = []
  const logged: string[] = []
  const app = express()
  const server = createServer(await authority.issue({ commonName: 'app', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1'] }), app)
  await new Promise<void>((done) => server.listen(options.port ?? 0, '127.0.0.1', done))
  const own = `https://localhost:${(server.address() as AddressInfo).port}`
  const url = options.publicURL ?? own
  const context: UpstreamContext = {
    url: `${url}/upstream/corp`,
    clock: options.clock ?? { nowMs: () => Date.now() },
    state: memory(options.remembered ?? new Map()),
    tickets: ticketsOf(),
    log: { info: () => undefined, warn: (event, fields) => void logged.push(`${event}: ${fields?.reason ?? ''}`), error: () => undefined },
    fetch: globalThis.fetch,
    ended: (_, name) => Promise.resolve(void ended.push(name)),
    done: (outcome, _, response) => {
      outcomes.push(outcome)
      if ('failure' in outcome) response.status(403).json(outcome.failure)
      else {
        people.set(outcome.interaction, outcome)
        response.redirect(303, `/finish?interaction=${outcome.interaction}`)
      }
      return Promise.resolve()
    },
  }
  const registry = new Registry()
  const upstream = await makeSamlUpstream({ ...(await configOf(options, dir)), id: 'corp', label: 'Corp' }, context, registry)
  app.get('/begin', (request, response) => {
    const interaction = randomBytes(8).toString('hex')
    response.cookie('interaction', interaction, { secure: true, httpOnly: true, sameSite: 'lax' })
    const maxAge = new URL(request.url, url).searchParams.get('max_age')
    return upstream.begin(interaction, maxAge === null ? {} : { maxAgeSeconds: Number(maxAge) }, response)
  })
  app.use('/upstream/corp', upstream.routes)
  app.get('/finish', (request, response) => {
    const interaction = new URL(request.url, url).searchParams.get('interaction') ?? ''
    const outcome = people.get(interaction)
    if (!(request.headers.cookie ?? '').includes(`interaction=${interaction}`) || outcome === undefined)
      return void response.status(403).send('another browser began this')
    response.json(outcome)
  })
  const signOut = async (request: Request, response: Response): Promise<void> => {
    const last = [...people.values()].at(-1)
    const person = last !== undefined && 'person' in last ? last.person : ({} as SignedIn)
    if ((await upstream.signOut?.(person, request, response)) !== true) response.send('nothing to end')
  }
  app.get('/sign-out', (request, response) => signOut(request, response))
  app.get('/signed-out', (_, response) => void response.send('signed out'))
  return {
    url,
    listensAt: own,
    ca: authority.cert,
    upstream,
    registry,
    ended,
    logged,
    outcomes,
    publish: (xml) => writeFile(join(dir, METADATA), xml),
    stop: async () => {
      await upstream.close?.()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await rm(dir, { recursive: true })
    },
  }
}

async function configOf({ config, entityID, signing, decryption = [], metadata }: AppOptions, dir: string): Promise<SamlConfig> {
  const put = async (name: string, text: string): Promise<string> => {
    const file = join(dir, name)
    await writeFile(file, text, { mode: 0o600 })
    return file
  }
  const pair = async (name: string, { cert, privateKey }: SamlKey): Promise<SamlConfig['signing']> => ({
    keyFile: await put(`${name}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string),
    certFile: await put(`${name}.crt`, cert),
  })
  const from = 'xml' in metadata ? { file: await put(METADATA, metadata.xml) } : { url: metadata.url, caFile: await put('idp-ca.crt', metadata.ca) }
  return {
    identityProvider: { entityID, metadata: from },
    signing: await pair('signing', signing),
    ...(decryption.length === 0 ? {} : { decryption: await Promise.all(decryption.map((key, index) => pair(`decryption-${index}`, key))) }),
    ...config,
  }
}

/** Replicas share it. */
const TICKET_KEY = randomBytes(32)

const mac = (kind: string, text: string): string => createHmac('sha256', TICKET_KEY).update(`${kind}\n${text}`).digest('base64url')

function ticketsOf(): UpstreamContext['tickets'] {
  return {
    issue: (kind, text) => `t.${text}.${mac(kind, text)}`,
    read: (kind, ticket) => {
      const [, text = '', given] = ticket.split('.')
      return given === mac(kind, text) ? text : undefined
    },
    secret: (kind, ticket, purpose) => mac(`${kind} ${purpose}`, ticket),
  }
}

function memory(stored: Map<string, string>): UpstreamContext['state'] {
  return {
    remember: (kind, key, { owner }) => {
      const seen = stored.has(`${kind}\n${key}`)
      stored.set(`${kind}\n${key}`, owner)
      return Promise.resolve(seen ? 'seen' : 'new')
    },
  }
}
