import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { Registry } from 'prom-client'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { createKnownValues, type SecretValue } from '../../domain/mask/match/known-values.ts'
import { createMasker } from '../../domain/mask/masker.ts'
import { createPlaceholders } from '../../domain/mask/secret/placeholders.ts'
import type { RecordEvent } from '../../domain/record/events.ts'
import { StatusError } from '../../domain/status-error.ts'
import { createHeldRoom } from '../../gateway/byte-room.ts'
import { createUpstream } from '../../gateway/forward/upstream.ts'
import type { LimitsConfig } from '../../gateway/limits-config.ts'
import { createLimits, wireLimits } from '../../gateway/wire-limits.ts'
import { gatewayMetrics, type GatewayMetrics } from '../../gateway/metrics.ts'
import { createWrittenSecrets } from '../../gateway/mask/values/written-secrets.ts'
import { createLivePermits } from '../../gateway/decide/stream-revocation.ts'
import type { LiveSecret } from '../../gateway/decide/live-secrets.ts'
import type { Dependencies } from '../../gateway/pipeline.ts'
import type { Masking } from '../../gateway/ports.ts'
import { createGatewayServer } from '../../gateway/server.ts'
import type { Caller } from '../../gateway/steps.ts'
import type { Change } from '../../kube/informer.ts'
import { createConditionEvaluator } from '../../server/conditions/cel.ts'
import { createLog } from '../../server/log.ts'
import { apiServers } from '../fakes/api-servers.ts'
import { holdThat } from '../fakes/hold.ts'
import { localhost } from '../fakes/localhost.ts'
import { rendererHere } from '../fakes/plan-renderer.ts'
import { recorderTo } from '../fakes/recorder.ts'
import type { AccessSuspension } from '../../domain/api/access-suspension.ts'
import { indexSuspensions } from '../../domain/policy/suspensions.ts'

export const CANARY = `c4nary-${randomBytes(18).toString('base64url')}`

/** One request as upstream received it, with unmodified headers and body. */
export type Seen = { readonly line: string; readonly rawHeaders: readonly string[]; readonly body: Buffer }
type Reply = (request: IncomingMessage, response: ServerResponse, seen: Seen) => void

export const CALLER: Caller = {
  identity: { username: 'oidc:agent', uid: '', groups: ['oidc:agents'], extra: {} },
  issuer: 'https://issuer.test',
  session: 'session-1',
  expiresAtMs: Date.now() + 3600_000,
}

export type Answered = { readonly status: number; readonly head: string; readonly body: string; readonly raw: string }

const DB: SecretValue = { namespace: 'shop', secret: 'db', key: 'password', value: Buffer.from(CANARY) }

/** Creates a Masking for the values of these Secrets. */
export function maskingOf(secrets: readonly SecretValue[]): Masking {
  const known = createKnownValues(secrets)
  return {
    values: () => Promise.resolve(known),
    known,
    learned: () => Promise.resolve(),
    isReady: () => true,
    lateNamespaces: () => 0,
    placeholders: (session) => createPlaceholders({ key: Buffer.alloc(32, 7), session }),
    immutable: () => false,
    lookup: (namespace, secret, key) => secrets.find((each) => each.namespace === namespace && each.secret === secret && each.key === key)?.value,
    agentText: (text) => {
      const masker = createMasker('text', { known })
      return Buffer.concat([masker.push(Buffer.from(text)), masker.end()]).toString('utf8')
    },
  }
}

function parseAnswer(raw: string): Answered {
  const cut = raw.indexOf('\r\n\r\n')
  const head = raw.slice(0, cut)
  return { raw, head, status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), body: cut < 0 ? '' : raw.slice(cut + 4) }
}

/** A gateway in this process with a fake upstream that records requests and sends configured responses. */
export type Fixture = Awaited<ReturnType<typeof createFixture>>

export async function createFixture(
  overrides: (fixture: { readonly grants: AccessGrant[] }) => Partial<Dependencies> = () => ({}),
  config: LimitsConfig = {},
) {
  const dir = await mkdtemp(join(tmpdir(), 'gateway-'))
  const pair = await localhost('gateway-test')
  const tls = { certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') }
  await Promise.all([writeFile(tls.certFile, pair.cert), writeFile(tls.keyFile, pair.key)])

  const seen: Seen[] = []
  const state = { reply: ((_, response) => response.setHeader('content-type', 'application/json').end('{}')) as Reply }
  // kube-apiserver limits a request head to 1 MiB.
  const upstreamServer = createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const saw = { line: `${request.method} ${request.url}`, rawHeaders: request.rawHeaders, body: Buffer.concat(chunks) }
      seen.push(saw)
      state.reply(request, response, saw)
    })
  })
  await new Promise<void>((resolve) => upstreamServer.listen(0, '127.0.0.1', resolve))
  const upstream = createUpstream({
    server: new URL(`http://127.0.0.1:${(upstreamServer.address() as AddressInfo).port}`),
    ca: '',
    credential: { kind: 'token', token: () => Promise.resolve('impersonator-token') },
  })

  const secrets = new Map<string, LiveSecret>([
    ['shop/db', { metadata: { name: 'db', resourceVersion: '7' }, data: { password: Buffer.from(CANARY).toString('base64') } }],
  ])
  const releases: Buffer[] = []
  const grants: AccessGrant[] = []
  const policies: AccessPolicy[] = [
    {
      apiVersion: 'jit.access/v1',
      kind: 'AccessPolicy',
      metadata: { name: 'agents' },
      spec: { subjects: [{ kind: 'Group', name: 'oidc:agents' }] },
    },
  ]
  const listeners = new Set<(change: Change<AccessGrant>) => void>()
  const suspensions: AccessSuspension[] = []
  const suspensionListeners = new Set<(change: Change<AccessSuspension>) => void>()
  const policyListeners = new Set<(change: Change<AccessPolicy>) => void>()
  const events: RecordEvent[] = []
  const claims: string[] = []
  const clock = { nowMs: () => Date.now() }
  const registry = new Registry()
  const livePermits = createLivePermits(
    {
      grants: { get: (name) => grants.find((grant) => grant.metadata.name === name), subscribe: (listener) => (listeners.add(listener), () => {}) },
      policies: { subscribe: (listener) => (policyListeners.add(listener), () => {}) },
      suspensions: { subscribe: (listener) => (suspensionListeners.add(listener), () => {}) },
      view: { outdatedForMs: () => deps.view.outdatedForMs() },
    },
    clock,
  )
  const limits = createLimits(config, (bound) => metrics.bounded(bound))
  const deps: Dependencies = {
    clock,
    limits,
    upstream,
    livePermits,
    catchUp: { caughtUp: () => Promise.resolve() },
    heldRoom: createHeldRoom(registry),
    masking: maskingOf([DB]),
    written: createWrittenSecrets(),
    renderer: rendererHere(),
    servers: apiServers(),
    liveSecrets: {
      find: (namespace, name) => Promise.resolve(secrets.get(`${namespace}/${name}`)),
      releases: () => Promise.resolve([...releases]),
    },
    evaluate: createConditionEvaluator(),
    authenticator: (token) => (token === 'good' ? Promise.resolve(CALLER) : Promise.reject(new StatusError('Unauthorized', 'no'))),
    view: {
      outdatedForMs: () => 0,
      policies: () => policies,
      suspensions: () => indexSuspensions(suspensions),
      grantsOf: () => grants,
      freshGrants: () => Promise.resolve(grants),
    },
    claim: (grant, auditID) => {
      claims.push(`${grant} ${auditID}`)
      return Promise.resolve(true)
    },
    recorder: recorderTo((event) => void events.push(event)),
    hold: holdThat(() => Promise.reject(new StatusError('Forbidden', 'nobody answered: timed out'))),
    relay: () => Promise.reject(new StatusError('BadGateway', 'no relay here')),
    ...overrides({ grants }),
  }
  const logged: string[] = []
  const log = createLog({ part: 'gateway', clock, write: (line) => logged.push(line) })
  const metrics: GatewayMetrics = gatewayMetrics(registry, { inFlight: () => limits.inFlight, streams: () => livePermits.count })
  const server = createGatewayServer({ tls, deps, log, metrics, wire: wireLimits(config) })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  /** Sends raw bytes and reads until the connection ends or the text matches `until`. */
  const raw = (bytes: string | Buffer, until?: RegExp): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca: pair.ca, servername: 'localhost' })
      let text = ''
      const timer = setTimeout(() => socket.destroy(new Error(`no end; got ${text.slice(0, 200)}`)), 60_000)
      const done = (): void => {
        clearTimeout(timer)
        socket.destroy()
        resolve(parseAnswer(text))
      }
      socket.on('secureConnect', () => socket.write(bytes))
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1')
        if (until?.test(text) === true) done()
      })
      socket.on('end', done)
      socket.on('close', done)
      socket.on('error', (error) => (text === '' ? reject(error) : done()))
    })
  /** Sends a request. `lines` are additional header lines. */
  const send = (line: string, lines: readonly string[] = [], body?: string): Promise<Answered> =>
    raw(
      `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\nConnection: close\r\n${lines.map((each) => `${each}\r\n`).join('')}${body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`}\r\n${body ?? ''}`,
    )

  return {
    seen,
    secrets,
    releases,
    state,
    grants,
    policies,
    events,
    claims,
    logged,
    registry,
    deps,
    raw,
    send,
    port,
    ca: pair.ca,
    suspensions,
    tellSuspension: (change: Change<AccessSuspension>) => suspensionListeners.forEach((listener) => listener(change)),
    tell: (change: Change<AccessGrant>) => listeners.forEach((listener) => listener(change)),
    tellPolicy: (change: Change<AccessPolicy>) => policyListeners.forEach((listener) => listener(change)),
    stop: async () => {
      server.closeAllConnections()
      server.close()
      upstreamServer.closeAllConnections()
      upstreamServer.close()
      await upstream.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

export const valuesOf = (seen: Seen, name: string): readonly string[] =>
  seen.rawHeaders.flatMap((each, index) => (index % 2 === 0 && each.toLowerCase() === name.toLowerCase() ? [seen.rawHeaders[index + 1] ?? ''] : []))
