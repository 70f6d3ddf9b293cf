import { Readable } from 'node:stream'
import { applyPatch, type Operation } from 'rfc6902'
import { classify } from '../../../domain/classify/classify.ts'
import { readRequest } from '../../../domain/classify/read-request.ts'
import type { SecretValue } from '../../../domain/mask/match/known-values.ts'
import { createWrittenSecrets } from '../../../gateway/mask/values/written-secrets.ts'
import type { Plan, PlanDependencies, Planned } from '../../../gateway/plan/plan.ts'
import { bindToPlan } from '../../../gateway/plan/bind-to-plan.ts'
import type { UpstreamRequest } from '../../../gateway/ports.ts'
import { apiServers } from '../../fakes/api-servers.ts'
import { rendererHere } from '../../fakes/plan-renderer.ts'
import { CALLER, maskingOf } from '../gateway-fixture.ts'

export type Stored = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}
type Reply = { readonly status: number; readonly body: unknown }
type Body = { readonly [field: string]: unknown }

const COLLECTION = /^\/api\/v1\/namespaces\/shop\/(?:configmaps|secrets)$/
const status = (code: number, reason: string): Reply => ({ status: code, body: { kind: 'Status', status: 'Failure', reason, message: reason, code } })

function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = typeof target === 'object' && target !== null ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merge(result[key], value)
  }
  return result
}

/** Options in the body of a DELETE replace those of the query, as in kube-apiserver. */
const isDry = ({ method, body }: UpstreamRequest, query: URLSearchParams): boolean => {
  const said = method === 'DELETE' && body !== undefined && body.length > 0 ? (JSON.parse(body.toString()) as Body)['dryRun'] : query.getAll('dryRun')
  return Array.isArray(said) && said.includes('All')
}

/** A fake kube-apiserver that keeps objects by name and supports dry runs, resource versions and preconditions. */
export function createCluster(
  options: { readonly readable?: boolean; readonly secrets?: readonly SecretValue[]; readonly others?: Parameters<typeof apiServers>[0] } = {},
) {
  const objects = new Map<string, Stored>()
  /** What admission adds to each object that is created. */
  const admission: { add: () => Body } = { add: () => ({}) }
  const sent: UpstreamRequest[] = []
  let count = 0
  const next = (): string => String(++count)

  const put = (name: string, content: Body): Stored => {
    const old = objects.get(name)
    const metadata = {
      ...(content['metadata'] as Body | undefined),
      name,
      namespace: 'shop',
      uid: old?.metadata.uid ?? `uid-${next()}`,
      resourceVersion: next(),
    }
    const object: Stored = { ...content, apiVersion: 'v1', kind: 'ConfigMap', metadata }
    objects.set(name, object)
    return object
  }

  const changed = (object: Stored, { method, headers, body }: UpstreamRequest): Body => {
    const sentBody = JSON.parse(body?.toString() ?? 'null') as Body
    if (method === 'PUT') return sentBody
    const type = new Map(headers).get('content-type')
    if (type !== 'application/json-patch+json') return merge(object, sentBody) as Body
    const copy = structuredClone(object) as Body
    const failed = applyPatch(copy, sentBody as unknown as Operation[]).find((error) => error !== null)
    if (failed !== undefined) throw failed
    return copy
  }
  const write = (object: Stored, request: UpstreamRequest, dry: boolean): Reply => {
    const content = changed(object, request)
    const { resourceVersion } = (content['metadata'] ?? {}) as { readonly resourceVersion?: string }
    if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) return status(409, 'Conflict')
    const { uid, resourceVersion: version } = object.metadata
    if (!dry) return { status: 200, body: put(object.metadata.name, content) }
    return {
      status: 200,
      body: {
        ...content,
        metadata: { ...(content['metadata'] as Body), name: object.metadata.name, namespace: 'shop', uid, resourceVersion: version },
      },
    }
  }
  const remove = (object: Stored, { body }: UpstreamRequest, dry: boolean): Reply => {
    const { preconditions = {} } = JSON.parse(body?.toString() ?? '{}') as {
      readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
    }
    const { uid, resourceVersion } = object.metadata
    if ((preconditions.uid ?? uid) !== uid || (preconditions.resourceVersion ?? resourceVersion) !== resourceVersion) return status(409, 'Conflict')
    if (!dry) objects.delete(object.metadata.name)
    return { status: 200, body: { kind: 'Status', status: 'Success', details: { name: object.metadata.name, uid } } }
  }
  const removeAll = (request: UpstreamRequest, query: URLSearchParams): Reply => {
    const name = /metadata\.name=([^,]*)/.exec(query.get('fieldSelector') ?? '')?.[1]
    const items = [...objects.values()].filter(({ metadata }) => name === undefined || metadata.name === name)
    const failed = items.map((object) => remove(object, request, isDry(request, query))).find(({ status: code }) => code >= 400)
    return failed ?? { status: 200, body: { kind: 'ConfigMapList', items } }
  }
  const create = ({ body }: UpstreamRequest, dry: boolean): Reply => {
    const content = { ...(JSON.parse(body?.toString() ?? '{}') as Body), ...admission.add() }
    const { name, generateName } = (content['metadata'] ?? {}) as { readonly name?: string; readonly generateName?: string }
    const named = name ?? `${generateName ?? ''}${next()}`
    const metadata = { ...(content['metadata'] as Body), name: named, namespace: 'shop', uid: `uid-${next()}`, creationTimestamp: next() }
    return { status: 201, body: dry ? { ...content, metadata } : put(named, content) }
  }
  const reply = (request: UpstreamRequest): Reply => {
    const url = new URL(request.target, 'http://upstream')
    const dry = isDry(request, url.searchParams)
    const elevated = request.headers.some(([name, value]) => name === 'Impersonate-Group' && value.startsWith('jit.access:elevated:'))
    if (request.method === 'GET' && options.readable === false && !elevated) return status(403, 'Forbidden')
    if (COLLECTION.test(url.pathname) && request.method === 'POST') return create(request, dry)
    if (COLLECTION.test(url.pathname)) return request.method === 'GET' ? { status: 200, body: { items: [] } } : removeAll(request, url.searchParams)
    const object = objects.get(url.pathname.split('/').at(-1) ?? '')
    if (object === undefined) return status(404, 'NotFound')
    if (request.method === 'GET') return { status: 200, body: object }
    return request.method === 'DELETE' ? remove(object, request, dry) : write(object, request, dry)
  }

  const deps: PlanDependencies = {
    upstream: {
      host: 'upstream',
      credential: () => Promise.resolve([]),
      connect: () => Promise.reject(new Error('no streams here')),
      request: (request) => {
        sent.push(request)
        const { status: code, body } = reply(request)
        return Promise.resolve({
          status: code,
          headers: { 'content-type': 'application/json' },
          body: Readable.from([Buffer.from(JSON.stringify(body))]),
        })
      },
    },
    masking: maskingOf(options.secrets ?? []),
    written: createWrittenSecrets(),
    renderer: rendererHere(),
    servers: apiServers(options.others),
  }
  /** Runs the operation as the plan binds it, without a dry run. */
  const run = async (plan: Plan, planned: Planned): Promise<number> => {
    const { outgoing, headers } = await bindToPlan(plan, planned, planned.sends)
    const { method, path, query } = planned.asked
    const search = query.toString()
    const lines = [...(headers ?? planned.asked.headers)]
    return reply({
      method,
      target: `${path}${search === '' ? '' : `?${search}`}`,
      headers: lines,
      body: outgoing,
      signal: new AbortController().signal,
    }).status
  }
  return { objects, put, admission, deps, sent, run }
}

export type Asking = { readonly method: string; readonly path: string; readonly type?: string; readonly body?: unknown; readonly query?: string }

/** A request for an operation. */
export function plannedFor({ method, path, type = 'application/json', body, query = '' }: Asking, changes: Partial<Planned> = {}): Planned {
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body))
  const parameters = new URLSearchParams(query)
  return {
    asked: {
      auditID: 'audit-1',
      arrivedMs: 0,
      address: '127.0.0.1',
      method,
      path,
      search: query,
      query: parameters,
      headers: new Map([['content-type', type]]),
      upgrade: undefined,
      payload: Readable.from([]),
      gone: new AbortController().signal,
      caller: CALLER,
      classified: classify(readRequest(method, path, parameters)),
      offer: { accept: 'application/json' },
      body: bytes,
      authenticateAgain: () => Promise.resolve(),
      releaseBody: () => {},
      inTurn: (call) => call(),
      slowly: (piece) => Promise.resolve(piece()),
      dryRun: false,
    },
    sends: bytes,
    outgoing: bytes,
    mayRead: () => true,
    decision: { effect: 'RequireApproval', policy: 'agents', rule: 'risky', risk: 'High', shadow: false },
    policies: [],
    digest: 'd'.repeat(64),
    ...changes,
  }
}
