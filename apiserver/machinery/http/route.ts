import { API_VERSION } from '../../../domain/api/names.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Kind, Subresource } from '../kind.ts'

/** A request for a resource of this API, with the verb to authorize. */
export type Route = { readonly kind: Kind; readonly verb: string; readonly name: string; readonly subresource: Subresource | undefined }

const BASE = `/apis/${API_VERSION}/`

const unknownResource = (): StatusError => new StatusError('NotFound', 'the server could not find the requested resource')

/** Verb by HTTP method, on a collection and on an object. Missing verbs are not served. */
const VERBS: { readonly [method: string]: { readonly collection?: string; readonly object?: string } } = {
  GET: { collection: 'list', object: 'get' },
  POST: { collection: 'create', object: 'create' },
  PUT: { object: 'update' },
  PATCH: { object: 'patch' },
  DELETE: { collection: 'deletecollection', object: 'delete' },
}

function verbOf(method: string, named: boolean, watch: boolean): string | undefined {
  const verb = VERBS[method]?.[named ? 'object' : 'collection']
  return verb === 'list' && watch ? 'watch' : verb
}

function segment(text: string): string {
  let plain: string
  try {
    plain = decodeURIComponent(text)
  } catch {
    throw new StatusError('BadRequest', 'the path contains a malformed escape')
  }
  if (plain === '.' || plain === '..' || /[/%\0]/.test(plain))
    throw new StatusError('BadRequest', 'the path contains a segment that cannot be a name')
  return plain
}

type Target = Omit<Route, 'verb'>

/** The resource, object and subresource that a path names. @throws StatusError NotFound, BadRequest */
function targetOf(kinds: readonly Kind[], path: string): Target {
  const [resource, name = '', sub = '', ...rest] = path.slice(BASE.length).replace(/\/$/, '').split('/').map(segment)
  const kind = kinds.find((one) => one.resource === resource)
  if (kind === undefined || rest.length > 0) throw unknownResource()
  const subresource = kind.subresources.find((one) => one.name === sub)
  if (sub !== '' && subresource === undefined) throw unknownResource()
  return { kind, name, subresource }
}

function isServed({ kind, name, subresource }: Target, verb: string): boolean {
  // POST to a single object is only for create-only subresources, never for the object itself.
  if (verb === 'create' && name !== '' && subresource === undefined) return false
  const served: readonly string[] = subresource?.verbs ?? kind.verbs
  return served.includes(verb)
}

/** Parses a path below this group and version; undefined for other paths. @throws StatusError NotFound, MethodNotAllowed, BadRequest */
export function routeOf(kinds: readonly Kind[], method: string, request: { readonly path: string; readonly watch: boolean }): Route | undefined {
  if (!request.path.startsWith(BASE)) return undefined
  const target = targetOf(kinds, request.path)
  const verb = verbOf(method, target.name !== '', request.watch)
  if (verb === undefined || !isServed(target, verb))
    throw new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource')
  return { ...target, verb }
}
