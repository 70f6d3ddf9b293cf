import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { Registry } from 'prom-client'
import { expect } from 'vitest'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import { classify } from '../../../domain/classify/classify.ts'
import { Permit } from '../../../domain/permit.ts'
import { createKnownValues, type SecretValue } from '../../../domain/mask/match/known-values.ts'
import { createPlaceholders } from '../../../domain/mask/secret/placeholders.ts'
import { createShortTextMasker } from '../../../domain/mask/text/short-text-masker.ts'
import { readRequest } from '../../../domain/classify/read-request.ts'
import type { RecordEvent } from '../../../domain/record/events.ts'
import { awaitApproval, type Judged } from '../../../gateway/decide/await-approval.ts'
import { createHold } from '../../../gateway/hold/hold.ts'
import { createFollowRequest } from '../../../gateway/hold/access-requests.ts'
import { createWrittenSecrets } from '../../../gateway/mask/values/written-secrets.ts'
import type { Held, UpstreamRequest } from '../../../gateway/ports.ts'
import type { KubeAnswer, KubeCall, KubeClient } from '../../../kube/client.ts'
import type { Change } from '../../../kube/informer.ts'
import { apiServers } from '../../fakes/api-servers.ts'
import { rendererHere } from '../../fakes/plan-renderer.ts'
import { recorderTo } from '../../fakes/recorder.ts'
import { CALLER } from '../gateway-fixture.ts'
import { notFoundAt } from '../../fakes/not-found.ts'

export const CANARY = `c4nary-${randomBytes(18).toString('base64url')}`
type Reply = { readonly status: number; readonly body: unknown }
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'old', namespace: 'shop' }, spec: { replicas: 1, note: CANARY } }

const DEPLOYMENT_WITH_UID = { ...DEPLOYMENT, metadata: { ...DEPLOYMENT.metadata, uid: 'aaaaaaaa-0000-4000-8000-000000000001', resourceVersion: '7' } }

/** Whether the path addresses a collection: `/api/v1/namespaces/NS/RESOURCE` or `/apis/GROUP/VERSION/namespaces/NS/RESOURCE`. */
const isCollection = (target: string): boolean => /^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)\/namespaces\/[^/]+\/[^/?]+(\?|$)/.test(target)

const DB: SecretValue = { namespace: 'shop', secret: 'db', key: 'password', value: Buffer.from(CANARY) }

const nameIn = ({ query }: KubeCall): string | undefined => /^metadata\.name=(.*)$/.exec(query?.['fieldSelector'] ?? '')?.[1]

/** Creates a hold with a fake API server that stores AccessRequests and answers dry runs, in a cluster with a few Secrets. */
export function holdFixture(
  options: {
    readonly maxPending?: number
    readonly pendingMs?: number
    readonly dryRun?: Reply
    readonly secrets?: readonly SecretValue[]
    /** Status of a new request, next to its expiry. */
    readonly filed?: Partial<AccessRequestStatus>
    /** Answer to every new request instead. */
    readonly refusal?: Reply
  } = {},
) {
  const stored = new Map<string, AccessRequest>()
  const listeners = new Set<(change: Change<AccessRequest>) => void>()
  const sent: UpstreamRequest[] = []
  const events: RecordEvent[] = []
  const secrets = [DB, ...(options.secrets ?? [])]
  const known = createKnownValues(secrets)
  const written = createWrittenSecrets()
  const put = (request: AccessRequest): AccessRequest => {
    const old = stored.get(request.metadata.name)
    stored.set(request.metadata.name, request)
    for (const listener of listeners) listener({ type: old === undefined ? 'ADDED' : 'MODIFIED', object: request })
    return request
  }
  const reply = ({ target, method, body }: UpstreamRequest): Reply => {
    // kube-apiserver responds to a deletecollection with the list of the deleted objects.
    if (method === 'DELETE' && options.dryRun === undefined && isCollection(target))
      return { status: 200, body: { apiVersion: 'v1', kind: 'List', items: [DEPLOYMENT_WITH_UID] } }
    if (!target.startsWith('/apis/jit.access/'))
      return target.includes('dryRun=All') ? (options.dryRun ?? { status: 200, body: DEPLOYMENT }) : { status: 200, body: DEPLOYMENT }
    if (options.refusal !== undefined) return options.refusal
    const request = JSON.parse(body?.toString() ?? '') as AccessRequest
    const expiresAt = new Date(Date.now() + (options.pendingMs ?? 3600_000)).toISOString()
    if (method !== 'POST' || stored.has(request.metadata.name)) return { status: 409, body: {} }
    return {
      status: 201,
      body: put({ ...request, spec: { ...request.spec, requester: { username: 'oidc:agent' } }, status: { ...options.filed, expiresAt } }),
    }
  }
  const asked: string[] = []
  const watches = new Set<PassThrough>()
  /** Lists and watches requests as jit-apiserver does. */
  const client: Pick<KubeClient, 'json' | 'raw'> = {
    json: <T>(call: KubeCall): Promise<T> => {
      const { method, path, body } = call
      const name = path.split('/')[5]
      if (name === undefined) {
        asked.push(call.query?.['fieldSelector'] ?? '')
        const items = [...stored.values()].filter(({ metadata }) => (nameIn(call) ?? metadata.name) === metadata.name)
        return Promise.resolve({ metadata: { resourceVersion: '1' }, items } as T)
      }
      const request = stored.get(name)
      if (request === undefined) return Promise.reject(notFoundAt(path))
      return Promise.resolve((method === 'PUT' ? put(body as AccessRequest) : request) as T)
    },
    raw: (call) => {
      asked.push(call.query?.['fieldSelector'] ?? '')
      const stream = new PassThrough()
      watches.add(stream)
      const tell = (change: Change<AccessRequest>): void => {
        if ((nameIn(call) ?? change.object.metadata.name) === change.object.metadata.name) stream.write(`${JSON.stringify(change)}\n`)
      }
      listeners.add(tell)
      stream.on('close', () => (listeners.delete(tell), watches.delete(stream)))
      call.signal?.addEventListener('abort', () => stream.destroy())
      return Promise.resolve({ status: 200, headers: {}, body: stream as unknown as KubeAnswer['body'] })
    },
  }
  const made = createHold({
    upstream: {
      host: 'upstream',
      credential: () => Promise.resolve([]),
      connect: () => Promise.reject(new Error('no streams here')),
      request: (request) => {
        sent.push(request)
        const { status, body } = reply(request)
        return Promise.resolve({ status, headers: { 'content-type': 'application/json' }, body: Readable.from([Buffer.from(JSON.stringify(body))]) })
      },
    },
    client: client as KubeClient,
    followRequest: createFollowRequest({ client: client as KubeClient, clock: { nowMs: () => Date.now() }, onError: () => {} }),
    masking: {
      values: () => Promise.resolve(known),
      known,
      learned: () => Promise.resolve(),
      isReady: () => true,
      lateNamespaces: () => 0,
      placeholders: (session) => createPlaceholders({ key: Buffer.alloc(32, 7), session }),
      immutable: () => false,
      lookup: (namespace, secret, key) => secrets.find((each) => each.namespace === namespace && each.secret === secret && each.key === key)?.value,
      agentText: createShortTextMasker({ known }),
    },
    written,
    renderer: rendererHere(),
    servers: apiServers(),
    recorder: recorderTo((event) => void events.push(event)),
    clock: { nowMs: () => Date.now() },
    registry: new Registry(),
    ...(options.maxPending === undefined ? {} : { maxPending: options.maxPending }),
  })
  /** Waits for the approval of an operation, as the permit step does. `judgeNow`: how the operation is judged afterwards. Defaults to an allow. */
  const hold = async (held: Held, judgeNow = (): Promise<Judged> => Promise.resolve(allowed(held))): Promise<Permit> =>
    (await awaitApproval(held, { hold: made, judgeNow })).permit
  /** Decides the pending request. Waits for it first, since it may be filed late on a busy machine. */
  const decide = (type: 'Approved' | 'Denied', message: string): void => {
    const undecided = [...stored.values()].filter(({ status }) => (status?.conditions ?? []).length === 0)
    if (undecided.length === 0) {
      const decideThis = ({ type: change }: Change<AccessRequest>): void => {
        if (change !== 'ADDED') return
        listeners.delete(decideThis)
        queueMicrotask(() => decide(type, message))
      }
      listeners.add(decideThis)
    }
    for (const request of undecided) {
      put({
        ...request,
        status: {
          ...request.status,
          conditions: [{ type, status: 'True', message }],
          reviews: [{ reviewer: { username: 'oidc:approver' }, decision: type, message, time: '2026-01-01T00:00:00Z' }],
        },
      })
    }
  }
  /** Sends DELETED on the watch, which only means that the object left the watch; it may still exist. */
  const leaveWatch = (name: string): void => {
    const object = stored.get(name)
    if (object !== undefined) for (const listener of listeners) listener({ type: 'DELETED', object })
  }
  const remove = (name: string): void => {
    const object = stored.get(name)
    stored.delete(name)
    if (object !== undefined) for (const listener of listeners) listener({ type: 'DELETED', object })
  }
  const recorded = (kind: RecordEvent['event']): number => events.filter(({ event }) => event === kind).length
  /** Waits until so many operations wait for a decision. */
  const isWaiting = (operations = 1): Promise<unknown> =>
    expect.poll(() => watches.size > 0 && recorded('hold.filed') - recorded('hold.decided') >= operations, { interval: 1 }).toBe(true)
  return { hold, ask: (held: Held) => made.ask(held), sent, events, stored, decide, isWaiting, written, put, leaveWatch, remove, asked, watches }
}

export const allowed = ({ asked: { classified }, decision }: Held): Judged => ({
  verdict: { kind: 'allow', permit: Permit.seal(classified, decision) },
  wasApproved: () => true,
})

/** A held operation. */
export function heldOf(
  changes: {
    readonly method?: string
    readonly path?: string
    readonly query?: URLSearchParams
    readonly contentType?: string
    readonly digest?: string
    readonly timeoutMs?: number
    readonly upgrade?: 'websocket' | 'spdy/3.1'
    readonly tokenExpiresAtMs?: number
  } = {},
) {
  const gone = new AbortController()
  const method = changes.method ?? 'DELETE'
  const path = changes.path ?? '/apis/apps/v1/namespaces/shop/deployments/old'
  const query = changes.query ?? new URLSearchParams()
  const classified = classify(readRequest(method, path, query))
  const decision = { effect: 'RequireApproval', policy: 'coding-agents', rule: 'risky', risk: 'High', shadow: false } as const
  const held: Held = {
    asked: {
      auditID: 'audit-1',
      arrivedMs: 0,
      address: '127.0.0.1',
      method,
      path,
      search: query.toString(),
      query,
      headers: new Map([['content-type', changes.contentType ?? 'application/json']]),
      upgrade: changes.upgrade,
      payload: Readable.from([]),
      gone: gone.signal,
      caller: { ...CALLER, expiresAtMs: changes.tokenExpiresAtMs ?? CALLER.expiresAtMs },
      classified,
      offer: { accept: 'application/json' },
      body: Buffer.from('{"propagationPolicy":"Background"}'),
      authenticateAgain: () => Promise.resolve(),
      releaseBody: () => {},
      inTurn: (call) => call(),
      slowly: (piece) => Promise.resolve(piece()),
      dryRun: false,
    },
    outgoing: Buffer.from('{"propagationPolicy":"Background"}'),
    sends: Buffer.from('{"propagationPolicy":"Background"}'),
    mayRead: () => true,
    decision,
    policies: [],
    digest: changes.digest ?? 'd'.repeat(64),
    timeoutMs: changes.timeoutMs ?? 5_000,
  }
  return { held, leave: () => gone.abort() }
}
