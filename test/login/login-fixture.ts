import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { createAuthority } from '../../hack/cluster/certificate-authority.ts'
import { readEvents } from '../../domain/record/read-events.ts'
import { RecordError, type Recorder } from '../../domain/record/recorder.ts'
import type { RecordedEvent } from '../../domain/record/replay.ts'
import { createKubeClient } from '../../kube/client.ts'
import type { ClientConfig, LoginConfig, TokenIssuerConfig } from '../../login/config/config.ts'
import { createLogin, type Login, type LoginOptions } from '../../login/login.ts'
import { createKubeStore } from '../../login/state/kube-store.ts'
import { createLog } from '../../server/log.ts'
import { openRecorder } from '../../server/records/recorder.ts'
import { unpack } from '../../server/records/unpack.ts'
import { openRecords } from '../../cli/certify/records/records-folder.ts'
import { serveApi, user, type Served } from '../apiserver/resources/served-api.ts'
import { createBrowser, type Browser } from '../../hack/browser/plain-browser.ts'
import { fakeUpstream, type FakeDirectory } from '../fakes/upstream-provider.ts'
import { newPem } from './new-pem.ts'

export const ALICE = { name: 'alice', groups: ['approvers', 'developers'] }
export const CONSOLE_URI = 'https://console.test/sign-in/callback'

export type Fixture = {
  /** The issuer: one address before all replicas. */
  readonly url: string
  readonly ca: string
  readonly dir: string
  readonly keysDir: string
  readonly consoleSecret: string
  readonly api: Served
  readonly directories: { readonly [upstream: string]: FakeDirectory }
  readonly replicas: readonly Login[]
  /** `atOnce`: runs what must not take any time by this clock, however long it takes. */
  readonly clock: { skewMs: number; nowMs(): number; atOnce(work: () => Promise<unknown>): Promise<void> }
  readonly logged: string[]
  readonly registry: Registry
  /** Shared by all replicas. While it fails, nothing can be recorded. */
  readonly records: { readonly dir: string; fails: boolean; events(): Promise<readonly RecordedEvent[]> }
  /** Which replica answers the next request, by its number. Replicas take turns if it is undefined. */
  next: number | undefined
  browser(): Browser
  close(): Promise<void>
}

export type FixtureOptions = {
  readonly replicas?: number
  readonly upstreams?: LoginConfig['upstreams']
  readonly clients?: (files: { readonly consoleSecretFile: string }) => readonly ClientConfig[]
  readonly tokenIssuers?: readonly TokenIssuerConfig[]
  /** Defaults to upstreams that answer at once. */
  readonly makeUpstream?: LoginOptions['makeUpstream']
  readonly trustedProxies?: readonly string[]
}

export const ownClients = ({ consoleSecretFile }: { readonly consoleSecretFile: string }): readonly ClientConfig[] => [
  { id: 'console', secretFile: consoleSecretFile, grants: ['AuthorizationCode'], redirectURIs: [CONSOLE_URI] },
  { id: 'kubectl', grants: ['AuthorizationCode', 'DeviceCode', 'RefreshToken'], redirectURIs: ['http://127.0.0.1/callback'] },
]

/** Login with several replicas behind one address, on the store of the real apiserver. */
export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const { replicas: count = 2, upstreams = [{ id: 'corp', label: 'Corp' }], clients = ownClients, tokenIssuers = [] } = options
  const dir = await mkdtemp(join(tmpdir(), 'jit-login-'))
  const keysDir = join(dir, 'keys')
  await mkdir(keysDir)
  await writeFile(join(keysDir, 'current.pem'), newPem())
  await writeFile(join(dir, 'seal-keys'), `${randomBytes(32).toString('base64')}\n`)
  const consoleSecret = randomBytes(24).toString('hex')
  await writeFile(join(dir, 'console-secret'), consoleSecret)
  const authority = await createAuthority('login-test')
  const pair = await authority.issue({ commonName: 'login', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1'] })

  let stoppedMs: number | undefined
  const clock = {
    skewMs: 0,
    nowMs: () => (stoppedMs ?? Date.now()) + clock.skewMs,
    atOnce: async (work: () => Promise<unknown>) => {
      stoppedMs = Date.now()
      await work().finally(() => (stoppedMs = undefined))
    },
  }
  const api = await serveApi(Date.now())
  api.clock.nowMs = () => clock.nowMs()
  api.as(user('system:serviceaccount:jit-system:jit-login'))
  const client = createKubeClient({ server: new URL(api.url('')), ca: '', credential: { kind: 'token', token: () => Promise.resolve('t') } })

  const handlers: RequestListener[] = []
  const state: { next: number | undefined } = { next: undefined }
  let turn = 0
  const server = createServer({ cert: pair.cert, key: pair.key, maxHeaderSize: 64 * 1024 }, (request, response) => {
    handlers[state.next ?? turn++ % handlers.length]?.(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://localhost:${(server.address() as AddressInfo).port}`

  const directories = Object.fromEntries(
    upstreams.map(({ id }) => [id, { person: { ...ALICE, authenticatedAt: Date.now() }, assertions: new Map() } satisfies FakeDirectory]),
  )
  const port = { address: '127.0.0.1', port: 0 }
  const config: LoginConfig = {
    listen: port,
    admin: port,
    tls: { certFile: '', keyFile: '' },
    url,
    keysDir,
    sealKeysFile: join(dir, 'seal-keys'),
    recordsDir: join(dir, 'records'),
    upstreams,
    clients: clients({ consoleSecretFile: join(dir, 'console-secret') }),
    tokenIssuers,
    ...(options.trustedProxies === undefined ? {} : { trustedProxies: options.trustedProxies }),
  }
  const logged: string[] = []
  const registry = new Registry()
  const records: Fixture['records'] = {
    dir: config.recordsDir,
    fails: false,
    events: async () => (await readEvents(await openRecords(config.recordsDir), {}, unpack)).events,
  }
  const recorders = await Promise.all(Array.from({ length: count }, () => openRecorder({ dir: records.dir, clock, onError: () => undefined })))
  const failing = (take: Recorder['record']): Recorder['record'] => {
    return (event) => (records.fails ? Promise.reject(new RecordError('NOT_DURABLE', 'the volume is full')) : take(event))
  }
  const log = createLog({ part: 'login', clock, write: (line) => void logged.push(line) })
  const replicas = await Promise.all(
    recorders.map((recorder, replica) =>
      createLogin({
        config,
        store: createKubeStore(client),
        makeUpstream:
          options.makeUpstream ??
          (({ id }, context) => {
            const directory = directories[id]
            return directory === undefined ? Promise.reject(new Error(id)) : Promise.resolve(fakeUpstream(id, directory, context))
          }),
        clock,
        log,
        registry: replica === 0 ? registry : new Registry(),
        recorder: { record: failing(recorder.record), note: failing(recorder.note) },
      }),
    ),
  )
  handlers.push(...replicas.map(({ handler }) => handler))
  const browsers: Browser[] = []
  return Object.assign(state, {
    url,
    ca: authority.cert,
    dir,
    keysDir,
    consoleSecret,
    api,
    directories,
    replicas,
    clock,
    logged,
    registry,
    records,
    browser: () => {
      const made = createBrowser([authority.cert])
      browsers.push(made)
      return made
    },
    close: async () => {
      await Promise.all(browsers.map((each) => each.close()))
      await Promise.all(replicas.map((each) => each.close()))
      await Promise.all(recorders.map((each) => each.close()))
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await client.close()
      await api.close()
      await rm(dir, { recursive: true })
    },
  })
}
