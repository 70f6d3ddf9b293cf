import type { IncomingMessage, ServerResponse } from 'node:http'
import { nameInFieldSelector } from '../../../domain/selectors/field-selector.ts'
import type { Identity } from '../../../domain/identity.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import { authorize, authorizePath, type RequestAttributes } from './authorize.ts'
import { documentsOf, sendDocument } from '../discovery/static-documents.ts'
import type { Kind } from '../kind.ts'
import { createListLimit, type ListLimit } from '../read/list-limit.ts'
import { flag } from './query.ts'
import { refusalFor, refuse } from './refuse.ts'
import { routeOf, type Route } from './route.ts'
import { serveResource } from './serve-resource.ts'
import type { WriteDependencies } from '../write/write-request.ts'
import { auditIDOf } from '../../../server/http/audit-id.ts'

export type HandlerOptions = WriteDependencies & {
  readonly kinds: readonly Kind[]
  readonly authenticate: (request: IncomingMessage) => Promise<Identity>
  readonly authorizer: Authorizer
  /** Called after authorization, before the request reads or changes anything. @throws StatusError Forbidden */
  readonly admit: (user: Identity, asked: RequestAttributes) => Promise<void>
  /** Kinds that are never stored, such as reviews. */
  readonly virtual: readonly (VirtualKind | ServedKind)[]
  /** The signal that ends a watch that begins now, in addition to its client and its timeout. */
  readonly stopping: () => AbortSignal
  readonly failed: (error: StatusError, auditID: string) => void
  readonly served: (labels: { readonly verb: string; readonly resource: string; readonly code: number; readonly seconds: number }) => void
}

/** A create-only kind that is answered and not stored. `lists`: it reads a whole list, and so waits for its turn with the lists. Defaults to false. */
export type VirtualKind = {
  readonly kind: Kind
  readonly lists?: boolean
  readonly answer: (request: IncomingMessage, user: Identity) => Promise<object>
}

/** A kind that is read from elsewhere than the store. It checks what the caller may see itself. */
export type ServedKind = {
  readonly kind: Kind
  readonly serve: (request: Exchange & { readonly route: Route; readonly user: Identity }) => Promise<void>
}

export type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly url: URL; readonly auditID: string }
type Label = (verb: string, resource: string) => void

function urlOf(request: IncomingMessage): URL {
  const target = request.url ?? ''
  if (!target.startsWith('/') || target.startsWith('//')) throw new StatusError('BadRequest', 'the request does not name a path')
  return new URL(target, 'https://jit.access')
}

function askedOf(route: Route, url: URL): RequestAttributes {
  const name = route.name === '' ? nameInFieldSelector(url.searchParams.get('fieldSelector') ?? '') : route.name
  return { verb: route.verb, resource: route.kind.resource, subresource: route.subresource?.name ?? '', name }
}

/** Authorizes, admits and serves a request for a resource of this API. */
async function serveRoute(
  options: HandlerOptions & { readonly lists: ListLimit },
  exchange: Exchange,
  who: { readonly route: Route; readonly user: Identity },
): Promise<void> {
  const { request, response } = exchange
  const { route, user } = who
  const check = async (asked: RequestAttributes): Promise<void> => {
    await authorize(options.authorizer, user, asked)
    await options.admit(user, asked)
  }
  const asked = askedOf(route, exchange.url)
  await check(asked)
  const virtual = options.virtual.find(({ kind }) => kind === route.kind)
  if (virtual !== undefined && 'serve' in virtual) return virtual.serve({ ...exchange, ...who })
  if (virtual !== undefined) {
    const answer = async (): Promise<string> => JSON.stringify(await virtual.answer(request, user))
    const text = virtual.lists === true ? await options.lists.take(user.username, answer) : await answer()
    return void response.writeHead(201, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }).end(text)
  }
  await serveResource({
    ...exchange,
    ...who,
    deps: options,
    nowMs: options.clock.nowMs(),
    stopping: options.stopping(),
    lists: options.lists,
    mayCreate: () => check({ ...asked, verb: 'create' }),
  })
}

/** The whole API as one request listener. Errors are returned as a Status. It never redirects. */
export function createHandler(options: HandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const kinds = [...options.kinds, ...options.virtual.map(({ kind }) => kind)]
  const documents = documentsOf(kinds)
  const lists = createListLimit()

  const serve = async ({ request, response, auditID }: Omit<Exchange, 'url'>, label: Label): Promise<void> => {
    const url = urlOf(request)
    const method = request.method ?? ''
    // The aggregator reads these documents as a user without any group, so they only require authentication.
    const user = await options.authenticate(request)
    const document = documents[url.pathname.replace(/(.)\/$/, '$1')]
    if (document !== undefined && method === 'GET') {
      label('get', 'discovery')
      return sendDocument(request, response, { page: document(request), url })
    }
    const route = routeOf(kinds, method, { path: url.pathname, watch: flag(url.searchParams, 'watch') })
    if (route === undefined) {
      await authorizePath(options.authorizer, user, { verb: method.toLowerCase(), path: url.pathname })
      throw new StatusError('NotFound', 'the server could not find the requested resource')
    }
    label(route.verb, route.kind.resource)
    await serveRoute({ ...options, lists }, { request, response, url, auditID }, { route, user })
  }

  return (request, response) => {
    const auditID = auditIDOf(request)
    const started = performance.now()
    let labels = { verb: 'other', resource: 'other' }
    response.setHeader('audit-id', auditID)
    response.on('error', () => undefined) // the client disconnected: 'close' follows and ends the work for it
    response.once('close', () => options.served({ ...labels, code: response.statusCode, seconds: (performance.now() - started) / 1000 }))
    serve({ request, response, auditID }, (verb, resource) => (labels = { verb, resource })).catch((thrown: unknown) => {
      const error = refusalFor(thrown)
      if (error.code >= 500) options.failed(error, auditID)
      refuse(request, response, error)
    })
  }
}
