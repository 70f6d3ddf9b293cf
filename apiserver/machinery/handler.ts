import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '../../domain/identity.ts'
import { API_VERSION, GROUP } from '../../domain/names.ts'
import { asStatusError, StatusError } from '../../domain/status-error.ts'
import type { Authorizer } from '../../kube/subject-access-review.ts'
import { StoreUnavailable } from '../storage/port.ts'
import { wantsAggregatedDiscovery } from './accept.ts'
import { authorize, authorizePath, type Asked } from './authorize.ts'
import { discovery, type Page } from './discovery.ts'
import type { Kind } from './kind.ts'
import { openApiV2, openApiV3 } from './openapi.ts'
import type { Doors } from './operations.ts'
import { routeOf } from './route.ts'
import { selectedName } from './selectors.ts'
import { serveResource } from './serve-resource.ts'

export type HandlerOptions = Doors & {
  readonly kinds: readonly Kind[]
  readonly authenticate: (request: IncomingMessage) => Promise<Identity>
  readonly authorizer: Authorizer
  /** What is refused of what RBAC allows; throws the refusal. */
  readonly admit: (user: Identity, asked: Asked) => Promise<void>
  /** Answers to kinds that are never stored, such as reviews. */
  readonly virtual: readonly VirtualKind[]
  readonly stopping: AbortSignal
  readonly failed: (error: StatusError, auditID: string) => void
  readonly served: (labels: { readonly verb: string; readonly resource: string; readonly code: number; readonly seconds: number }) => void
}

/** A create-only kind: a question, answered and forgotten. */
export type VirtualKind = { readonly kind: Kind; readonly answer: (request: IncomingMessage, user: Identity) => Promise<object> }

type Documents = { readonly [path: string]: (request: IncomingMessage) => Page }

const etagged = (value: object): Page => {
  const body = JSON.stringify(value)
  return { body, contentType: 'application/json', etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` }
}

/** Discovery and OpenAPI: bytes that are made here, once, and need no store. */
function documentsOf(kinds: readonly Kind[]): Documents {
  const found = discovery(kinds)
  const v2 = etagged(openApiV2(kinds))
  const v3 = etagged(openApiV3(kinds))
  const hash = v3.etag.replaceAll('"', '')
  const root = etagged({ paths: { [`apis/${API_VERSION}`]: { serverRelativeURL: `/openapi/v3/apis/${API_VERSION}?hash=${hash}` } } })
  return {
    '/api': () => found.legacy,
    '/apis': ({ headers }) => (wantsAggregatedDiscovery(headers.accept) ? found.aggregated : found.groups),
    [`/apis/${GROUP}`]: () => found.group,
    [`/apis/${API_VERSION}`]: () => found.resources,
    '/openapi/v2': () => v2,
    '/openapi/v3': () => root,
    [`/openapi/v3/apis/${API_VERSION}`]: () => v3,
  }
}

/** What a hash names never changes. */
const YEAR_MS = 31_536_000_000

function sendDocument(request: IncomingMessage, response: ServerResponse, page: Page & { readonly named: boolean }): void {
  const { body, contentType, etag, named } = page
  const accept = request.headers.accept
  if (accept !== undefined && !/(application\/(json|\*)|\*\/\*)/.test(accept))
    throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json')
  const lasting = named
    ? { 'cache-control': 'public, immutable', expires: new Date(Date.now() + YEAR_MS).toUTCString() }
    : { 'cache-control': 'public' }
  const headers = { etag, vary: 'Accept', ...lasting }
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, headers).end()
  response.writeHead(200, { ...headers, 'content-type': contentType }).end(body)
}

/** How long the rest of a refused body is taken in before the connection is cut. */
const DISCARD_MS = 5_000

/** An Audit-ID as kube-apiserver sends it; anything else gets one of ours. */
function auditIDOf(request: IncomingMessage): string {
  const given = request.headers['audit-id']
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID()
}

const unavailable = (cause: StoreUnavailable): StatusError =>
  new StatusError('ServiceUnavailable', 'the store of jit-access cannot be read or written now; nothing was changed', {
    details: { retryAfterSeconds: 1 },
    cause,
  })

/** The whole API as one request listener. Whatever is thrown becomes a Status; nothing is ever redirected. */
export function createHandler(options: HandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { kinds, authorizer, stopping } = options
  const documents = documentsOf([...kinds, ...options.virtual.map(({ kind }) => kind)])
  const routable = [...kinds, ...options.virtual.map(({ kind }) => kind)]

  const serve = async (request: IncomingMessage, response: ServerResponse, label: (verb: string, resource: string) => void): Promise<void> => {
    const target = request.url ?? '/'
    if (!target.startsWith('/') || target.startsWith('//')) throw new StatusError('BadRequest', 'the request names no path')
    const url = new URL(target, 'https://jit.access')
    const method = request.method ?? ''
    const document = documents[url.pathname.replace(/(.)\/$/, '$1')]
    if (document !== undefined && method === 'GET') {
      // The aggregator reads these as a user without any group: being authenticated is all that is asked.
      await options.authenticate(request)
      label('get', 'discovery')
      const page = document(request)
      return sendDocument(request, response, { ...page, named: url.searchParams.get('hash') === page.etag.replaceAll('"', '') })
    }
    const user = await options.authenticate(request)
    const watch = url.searchParams.has('watch') && !['0', 'false'].includes((url.searchParams.get('watch') ?? '').toLowerCase())
    const route = routeOf(routable, method, { path: url.pathname, watch })
    if (route === undefined) {
      await authorizePath(authorizer, user, { verb: method.toLowerCase(), path: url.pathname })
      throw new StatusError('NotFound', 'the server could not find the requested resource')
    }
    label(route.verb, route.kind.resource)
    const name = route.name === '' ? selectedName(url.searchParams.get('fieldSelector') ?? '') : route.name
    const asked = { verb: route.verb, resource: route.kind.resource, subresource: route.subresource?.name ?? '', name }
    await authorize(authorizer, user, asked)
    await options.admit(user, asked)
    const virtual = options.virtual.find(({ kind }) => kind === route.kind)
    if (virtual !== undefined) {
      const answer = await virtual.answer(request, user)
      return void response.writeHead(201, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }).end(JSON.stringify(answer))
    }
    await serveResource(options, route, { request, response, url, user, stopping })
  }

  return (request, response) => {
    const auditID = auditIDOf(request)
    const started = performance.now()
    let labels = { verb: 'other', resource: 'other' }
    response.setHeader('audit-id', auditID)
    response.on('error', () => undefined) // the client left: 'close' follows and ends what works for it
    response.once('close', () => options.served({ ...labels, code: response.statusCode, seconds: (performance.now() - started) / 1000 }))
    serve(request, response, (verb, resource) => (labels = { verb, resource })).catch((thrown: unknown) => {
      const error = asStatusError(thrown instanceof StoreUnavailable ? unavailable(thrown) : thrown)
      if (error.code >= 500) options.failed(error, auditID)
      if (response.headersSent) return void response.destroy()
      if (!request.complete) {
        response.setHeader('connection', 'close')
        request.resume() // what is left of the body is thrown away, so that the client gets to read the answer
        setTimeout(() => request.destroy(), DISCARD_MS).unref()
      }
      const retry = error.details?.retryAfterSeconds ?? (error.code === 503 ? 1 : undefined)
      if (retry !== undefined) response.setHeader('retry-after', String(retry))
      response
        .writeHead(error.code, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' })
        .end(JSON.stringify(error.toStatus()))
    })
  }
}
