import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest, AccessRequestSpec } from '../../domain/api/access-request.ts'
import type { Environment } from '../../hack/demo/environment.ts'
import type { KubeClient } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import { canHavePods } from '../cluster/can-have-pods.ts'
import { environment, mintToken, uniqueName } from '../cluster/environment.ts'
import { patientClient } from '../cluster/patient-client.ts'
import { until } from '../until.ts'
import { openBooks, type AuditEvent, type Books, type Line } from './oracles/audit.ts'
import { leaksIn, newCanary } from './oracles/canary.ts'
import { openLive, type Live } from './oracles/live.ts'
import { doorOf, exchange, type Answer, type Door, type Exchange } from './oracles/raw-exchange.ts'

/** What an attack sends. `token` defaults to the agent's; `null` sends none. */
export type Attack = {
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
  readonly type?: string
  readonly token?: string | null
  /** Whether to send it again after a 503 with Retry-After, as clients do. Defaults to true. */
  readonly retry?: false
} & Exchange

/**
 * A separate namespace with Secrets that hold canaries, a raw client that keeps every byte it receives, and access to the audit log of
 * kube-apiserver and the records of the gateway. Each file of attacks has one.
 */
export type Harness = {
  readonly environment: Environment
  readonly namespace: string
  readonly admin: KubeClient
  readonly books: Books
  readonly door: Door
  readonly token: string
  /** The canary values; `finish` searches every response for all of them. */
  readonly canaries: string[]
  readonly db: string
  /** Sends raw bytes to the gateway. */
  raw(bytes: string | Buffer, exchange?: Exchange): Promise<Answer>
  /** Sends `METHOD TARGET` with the agent's token. */
  send(line: string, attack?: Attack): Promise<Answer>
  json(line: string, body: unknown, attack?: Attack): Promise<Answer>
  /** Sends raw bytes, or a request, whose response is read while the test goes on. */
  openRaw(bytes: string | Buffer): Promise<Live>
  open(line: string, attack?: Attack): Promise<Live>
  /** The AccessRequest that the gateway files for a held operation. Waits until one is pending that matches. */
  pending(what: string, matches: (request: AccessRequest) => boolean): Promise<AccessRequest>
  /** Sends an operation and waits until its AccessRequest is pending. The client has received nothing then. */
  hold(line: string, attack?: Attack): Promise<Held>
  /** Waits until an operation is answered, or pending without an answer, and gives up then. The status is 0 if it is pending. */
  heldOrAnswered(line: string, attack?: Attack): Promise<Answer>
  /** Path of an object in the namespace: `in('secrets/db')`. */
  in(rest: string, group?: string): string
  /** Requests a grant and approves it. */
  grant(spec: Partial<AccessRequestSpec>): Promise<string>
  approve(request: string): Promise<string>
  revoke(grant: string): Promise<void>
  /** What kube-apiserver audited under the Audit-ID of a response. Waits for it. */
  seen(...answers: readonly Answer[]): Promise<readonly AuditEvent[]>
  /** Waits until the records of the gateway contain what `find` returns. Some are written after their response. */
  recorded<T>(what: string, find: (lines: readonly Line[]) => T): Promise<Exclude<T, undefined | false>>
  /** How many operations the gateway holds, for any client. */
  holding(): Promise<number>
  /** Waits until the gateway knows the values of all Secrets that exist now. */
  learned(): Promise<void>
  secret(name: string, data: { readonly [key: string]: string }, more?: object): Promise<void>
  /** Records that kube-apiserver must not have seen this request; `finish` checks it. */
  unseen(answer: Answer): void
  /** Canaries that a grant reveals and that responses may hold. */
  readonly shown: string[]
  /** Fails if a canary is in any byte that an agent received, or if kube-apiserver saw a request that had to be refused before. */
  finish(): Promise<void>
}

/** A held operation, and the request that asks for its approval. */
export type Held = { readonly live: Live; readonly request: AccessRequest }

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const PATIENCE_MS = 60_000
const RETRY_MS = 500
/** A busy machine makes servers unavailable at times. Nothing was forwarded then, and clients try again. */
const isRetryable = ({ status, headers }: Answer): boolean => status === 503 && headers.has('retry-after')

const lineOf = (bytes: string | Buffer): string => bytes.toString('latin1').split(' HTTP/')[0]?.slice(0, 200) ?? ''

const namesConnection = (headers: readonly string[] = []): boolean => headers.some((each) => /^connection:/i.test(each))

function bytesOf(line: string, { headers = [], body, type, token }: Attack, own: string): Buffer {
  const payload = body === undefined ? undefined : Buffer.from(body)
  const shown = token === undefined ? own : token
  const lines = [
    `${line} HTTP/1.1`,
    'Host: localhost',
    ...(shown === null ? [] : [`Authorization: Bearer ${shown}`]),
    ...(namesConnection(headers) ? [] : ['Connection: close']),
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ...headers,
    ...(payload === undefined ? [] : [`Content-Length: ${payload.length}`]),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), payload ?? Buffer.alloc(0)])
}

/** A client of kube-apiserver with a token, like an approver's. */
async function clientOf({ kubernetes }: Environment, token: () => Promise<string>): Promise<KubeClient> {
  return patientClient({ server: new URL(kubernetes.url), ca: await readFile(kubernetes.caFile, 'utf8'), credential: { kind: 'token', token } })
}

const REQUESTS = '/apis/jit.access/v1/accessrequests'
const GRANTS = '/apis/jit.access/v1/accessgrants'

const isUndecided = ({ status }: AccessRequest): boolean => (status?.conditions ?? []).length === 0
const isFor =
  (line: string) =>
  ({ spec }: AccessRequest): boolean =>
    spec.operation !== undefined && `${spec.operation.method} ${spec.operation.path}` === line

/** Adds a condition through its subresource, as `kubectl certify` does. */
async function decide(client: KubeClient, path: string, type: string, subresource: string): Promise<void> {
  const object = await client.json<AccessRequest | AccessGrant>({ method: 'GET', path })
  const condition = { type, status: 'True', reason: 'Attacks', message: 'for a test' }
  const status = { ...object.status, conditions: [...(object.status?.conditions ?? []), condition] }
  await client.json({ method: 'PUT', path: `${path}/${subresource}`, body: { ...object, status } })
}

export async function openHarness(name: string): Promise<Harness> {
  const running = await environment()
  const namespace = uniqueName(name)
  const admin = patientClient(await clusterConfigFromKubeconfig(running.kubeconfigs.admin))
  const approver = await clientOf(running, () => mintToken({ user: 'approver', audience: 'kubernetes' }))
  const door = doorOf(running.gateway.url, await readFile(running.gateway.caFile, 'utf8'))
  const token = await mintToken({ user: 'agent', audience: 'jit-gateway', ttl: '3600' })
  const books = await openBooks(running, admin)
  const canaries = [newCanary(), newCanary()]
  const [db = '', tls = ''] = canaries
  const tapped: { readonly line: string; readonly bytes: Buffer }[] = []
  const shown: string[] = []
  const unseen: string[] = []
  const lives: { readonly line: string; readonly live: Live }[] = []

  const raw: Harness['raw'] = async (bytes, options) => {
    const answer = await exchange(door, bytes, options)
    tapped.push({ line: lineOf(bytes), bytes: answer.raw })
    return answer
  }
  // Without "Connection: close" the server keeps the connection open after its response.
  const send: Harness['send'] = async (line, attack = {}) => {
    for (const end = performance.now() + PATIENCE_MS; ; await sleep(RETRY_MS)) {
      const answer = await raw(bytesOf(line, attack, token), { first: namesConnection(attack.headers), ...attack })
      if (attack.retry === false || !isRetryable(answer) || performance.now() > end) return answer
    }
  }
  const openRaw: Harness['openRaw'] = async (bytes) => {
    const live = await openLive(door, bytes)
    lives.push({ line: lineOf(bytes), live })
    return live
  }
  const open: Harness['open'] = (line, attack = {}) => openRaw(bytesOf(line, attack, token))
  const pendingNow = async (matches: (request: AccessRequest) => boolean): Promise<AccessRequest | undefined> => {
    const { items } = await admin.json<{ readonly items: readonly AccessRequest[] }>({ method: 'GET', path: REQUESTS })
    return items.find((request) => isUndecided(request) && matches(request))
  }
  const pending: Harness['pending'] = (what, matches) => until(`an approver is asked: ${what}`, () => pendingNow(matches), { everyMs: 100 })
  const hold: Harness['hold'] = async (line, attack) => {
    const live = await open(line, attack)
    const request = await until(`an approver is asked: ${line}`, async () => live.isWhole() || pendingNow(isFor(line)), { everyMs: 100 })
    expect(live.answer().raw.toString('latin1')).toBe('')
    return { live, request: request as AccessRequest }
  }
  const heldOrAnswered: Harness['heldOrAnswered'] = async (line, attack) => {
    for (const end = performance.now() + PATIENCE_MS; ; await sleep(RETRY_MS)) {
      const live = await open(line, attack)
      let probes = 0
      await until(`it is answered or held: ${line}`, async () => live.isWhole() || (++probes % 10 === 0 && (await pendingNow(isFor(line)))))
      live.leave()
      if (!isRetryable(live.answer()) || performance.now() > end) return live.answer()
    }
  }
  const json: Harness['json'] = (line, body, attack = {}) => send(line, { type: 'application/json', ...attack, body: JSON.stringify(body) })
  const inside: Harness['in'] = (rest, group = '') => `${group === '' ? '/api/v1' : `/apis/${group}`}/namespaces/${namespace}/${rest}`
  const secret: Harness['secret'] = async (secretName, data, more = {}) => {
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName, namespace }, ...more }
    const coded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]))
    await admin.json({ method: 'POST', path: inside('secrets'), body: { ...object, data: coded } })
  }
  const approve: Harness['approve'] = async (request) => {
    await decide(approver, `${REQUESTS}/${request}`, 'Approved', 'approval')
    const { status } = await admin.json<AccessRequest>({ method: 'GET', path: `${REQUESTS}/${request}` })
    return status?.grantName ?? ''
  }

  await admin.json({ method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } })
  await until('pods can be created', () => canHavePods(admin, namespace))
  await secret('db', { password: db, username: 'shop' })
  await secret('tls', { 'tls.key': tls, 'tls.crt': 'public' })
  const copy = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'copy', namespace }, data: { a: `db=${db}`, b: base64(`x${db}`) } }
  await admin.json({ method: 'POST', path: inside('configmaps'), body: copy })

  return {
    environment: running,
    namespace,
    admin,
    books,
    door,
    token,
    canaries,
    db,
    raw,
    send,
    json,
    in: inside,
    approve,
    secret,
    openRaw,
    open,
    pending,
    hold,
    heldOrAnswered,
    recorded: (what, find) => until(`the records contain ${what}`, async () => find(await books.recorded()), { everyMs: 100 }),
    holding: async () => {
      const text = await (await fetch(running.gateway.metricsUrl)).text()
      return Number(/^jit_gateway_holds_pending (\d+)$/m.exec(text)?.[1])
    },
    learned: async () => {
      // Changes of Secrets arrive in order: once this value is known, so are all earlier ones.
      const marker = `marker${randomBytes(15).toString('hex')}`
      const marked = uniqueName('marker')
      await secret(marked, { marker })
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: marked, namespace }, data: { marker } }
      await admin.json({ method: 'POST', path: inside('configmaps'), body })
      await until('the gateway masks a new value', async () => {
        const { status, text } = await send(`GET ${inside(`configmaps/${marked}`)}`)
        return status === 200 && !text.includes(marker)
      })
      await admin.json({ method: 'DELETE', path: inside(`configmaps/${marked}`) })
    },
    grant: async (spec) => {
      const body = {
        apiVersion: 'jit.access/v1',
        kind: 'AccessRequest',
        metadata: { name: uniqueName('attack') },
        spec: { reason: 'attack', ...spec },
      }
      const filed = await json(`POST ${REQUESTS}`, body)
      expect(filed.status, filed.text).toBe(201)
      return approve(body.metadata.name)
    },
    revoke: (grant) => decide(approver, `${GRANTS}/${grant}`, 'Revoked', 'revocation'),
    seen: (...answers) => books.audited(answers.map(({ auditID }) => auditID)),
    shown,
    unseen: ({ auditID }) => void (auditID === '' || unseen.push(auditID)),
    finish: async () => {
      const hidden = canaries.filter((canary) => !shown.includes(canary))
      for (const { line, live } of lives.splice(0)) {
        live.leave()
        tapped.push({ line, bytes: live.answer().raw })
      }
      const leaked = leaksIn(Buffer.concat(tapped.map(({ bytes }) => bytes)), hidden)
      const where = leaked.length === 0 ? [] : tapped.filter(({ bytes }) => leaksIn(bytes, hidden).length > 0).map(({ line }) => line)
      expect({ leaked, where }, 'canaries that an agent could read').toEqual({ leaked: [], where: [] })
      expect(await books.auditedSoFar(unseen), 'what kube-apiserver should not have heard of').toEqual([])
      await admin.json({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` })
      await Promise.all([admin.close(), approver.close()])
    },
  }
}
