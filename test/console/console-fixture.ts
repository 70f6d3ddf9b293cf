import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import type { SignInConfig } from '../../console/config.ts'
import { createApp } from '../../console/http/app.ts'
import { consoleMetrics } from '../../console/metrics.ts'
import { readSealKeys, type CookieKeys } from '../../console/session/cookie-keys.ts'
import { newSession, sealSession, SESSION_COOKIE, type SessionLimits } from '../../console/session/session.ts'
import type { SignedInNames } from '../../console/sign-in/signed-in-names.ts'
import { createProvider } from '../../server/oidc/provider-client.ts'
import { createSignIn } from '../../console/sign-in/sign-in.ts'
import { createSignOut } from '../../console/sign-in/sign-out.ts'
import type { AccessPolicySpec } from '../../domain/api/access-policy.ts'
import type { AccessRequestSpec } from '../../domain/api/access-request.ts'
import { createKubeClient } from '../../kube/client.ts'
import type { SessionsDependencies } from '../../apiserver/resources/sessions/serve-sessions.ts'
import { createLog } from '../../server/log.ts'
import { put, serveApi, user, type Served } from '../apiserver/resources/served-api.ts'
import { policy } from '../domain/builders.ts'
import { localhost } from '../fakes/localhost.ts'
import { createBrowser, type Browser } from '../../hack/browser/plain-browser.ts'
import { clusterOf, TOKEN, type Seen } from './cluster-of.ts'
import { CLIENT, CLIENT_SECRET, startProvider, type TestProvider } from './identity-provider.ts'

export const LIMITS: SessionLimits = { idleMs: 900_000, lifetimeMs: 3_600_000 }
export const ALICE: SignedInNames = { username: 'oidc:alice', groups: ['oidc:approvers'] }
/** May confirm keys. Does not use the console. */
export const ADMIN = user('oidc:admin')
export const AGENT = user('oidc:agent', 'oidc:agents')

export type Fixture = {
  readonly url: string
  /** The CA of the console. */
  readonly ca: string
  /** File with the CA of the console. */
  readonly caFile: string
  readonly api: Served
  readonly seen: Seen[]
  readonly provider: TestProvider
  readonly clock: { skewMs: number; nowMs(): number }
  readonly logged: string[]
  readonly registry: Registry
  keys: CookieKeys
  /** A browser without a session. */
  browser(): Browser
  /** A browser that is signed in. */
  signedIn(who?: SignedInNames): Promise<Browser>
  /** Creates a request as the agent, and returns its name. */
  ask(spec?: Partial<AccessRequestSpec>): Promise<string>
  close(): Promise<void>
}

export const newKeys = async (dir: string, lines = [randomBytes(32).toString('base64')]): Promise<CookieKeys> => {
  const file = join(dir, `keys-${randomBytes(4).toString('hex')}`)
  await writeFile(file, lines.join('\n'))
  return await readSealKeys(file)
}

/** The console before a real identity provider and the real apiserver, over TLS. Alice may certify; nobody else may. */
export async function startFixture({
  config = {},
  spec = {},
  recheckMs,
  ...more
}: {
  readonly config?: Partial<SignInConfig>
  readonly spec?: Partial<AccessPolicySpec>
  readonly sessions?: SessionsDependencies
  readonly recheckMs?: number
} = {}): Promise<Fixture> {
  const dir = await mkdtemp(join(tmpdir(), 'jit-console-'))
  const pair = await localhost('console-test')
  let handler: RequestListener | undefined
  const server = createServer({ cert: pair.cert, key: pair.key, maxHeaderSize: 64 * 1024 }, (request, response) => handler?.(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://localhost:${(server.address() as AddressInfo).port}`

  // The provider lives by the real time, so everything does.
  const clock = { skewMs: 0, nowMs: () => Date.now() + clock.skewMs }
  const api = await serveApi(Date.now(), undefined, { ...more, passkeys: { origin: url, rpID: 'localhost' } })
  api.clock.nowMs = () => clock.nowMs()
  api.rights = ({ username }, { verb, subresource }) =>
    (verb === 'certify' && username === ALICE.username) || (subresource === 'confirmation' && username === ADMIN.username)
  await put(api.store, 'accesspolicies', policy('agents', spec))
  const cluster = await clusterOf(api)
  const provider = await startProvider(`${url}/sign-in/callback`)
  await writeFile(join(dir, 'ca.crt'), provider.ca)
  await writeFile(join(dir, 'console-ca.crt'), pair.ca)
  await writeFile(join(dir, 'secret'), `${CLIENT_SECRET}\n`)
  const signInConfig: SignInConfig = {
    issuer: provider.issuer,
    clientID: CLIENT,
    clientSecretFile: join(dir, 'secret'),
    caFile: join(dir, 'ca.crt'),
    usernamePrefix: 'oidc:',
    groupsPrefix: 'oidc:',
    ...config,
  }
  const client = createKubeClient({ server: new URL(cluster.url), ca: '', credential: { kind: 'token', token: () => Promise.resolve(TOKEN) } })
  const discovered = await createProvider(signInConfig, clock)
  const registry = new Registry()
  const stopping = new AbortController()
  const logged: string[] = []
  const state = { keys: await newKeys(dir) }
  const keys = (): CookieKeys => state.keys
  const log = createLog({ part: 'console', clock, write: (line) => void logged.push(line) })
  handler = createApp({
    url,
    client,
    signIn: createSignIn({ config: signInConfig, url, provider: discovered, keys, clock }),
    signOut: createSignOut({ config: signInConfig, url, provider: discovered, keys, clock, log }),
    keys,
    limits: { ...LIMITS, recheckMs },
    clock,
    log,
    metrics: consoleMetrics(registry),
    stopping: stopping.signal,
  })
  const browsers: Browser[] = []
  const browser = (): Browser => {
    const made = createBrowser([pair.ca, provider.ca])
    browsers.push(made)
    return made
  }
  return Object.assign(state, {
    url,
    ca: pair.ca,
    caFile: join(dir, 'console-ca.crt'),
    api,
    seen: cluster.seen,
    provider,
    clock,
    logged,
    registry,
    browser,
    signedIn: async (who = ALICE) => {
      const made = browser()
      made.cookies(url).set(SESSION_COOKIE, await sealSession(keys(), newSession(who, clock.nowMs()), LIMITS))
      return made
    },
    ask: async (asked: Partial<AccessRequestSpec> = {}) => {
      const rules = [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'], resourceNames: [`web-${randomBytes(3).toString('hex')}`] }]
      const body = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { generateName: 'r-' }, spec: { rules, ...asked } }
      const { code, text, body: made } = await api.send(AGENT, 'POST accessrequests', { body })
      if (code !== 201) throw new Error(text)
      return (made['metadata'] as { readonly name: string }).name
    },
    close: async () => {
      stopping.abort()
      await Promise.all(browsers.map((each) => each.close()))
      await client.close()
      await discovered.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await Promise.all([cluster.close(), provider.stop()])
      await api.close()
      await rm(dir, { recursive: true })
    },
  })
}
