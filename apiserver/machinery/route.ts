import { API_VERSION } from '../../domain/names.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Kind, Subresource } from './kind.ts'

/** A request for objects of ours, with the verb that authorization is for. */
export type Route = { readonly kind: Kind; readonly verb: string; readonly name: string; readonly subresource: Subresource | undefined }

const BASE = `/apis/${API_VERSION}/`

const unknownResource = (): StatusError => new StatusError('NotFound', 'the server could not find the requested resource')

function verbOf(method: string, named: boolean, watch: boolean): string | undefined {
  switch (method) {
    case 'GET':
      return named ? 'get' : watch ? 'watch' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return named ? 'update' : undefined
    case 'PATCH':
      return named ? 'patch' : undefined
    case 'DELETE':
      return named ? 'delete' : 'deletecollection'
    default:
      return undefined
  }
}

function segment(text: string): string {
  let plain: string
  try {
    plain = decodeURIComponent(text)
  } catch {
    throw new StatusError('BadRequest', 'the path holds a malformed escape')
  }
  if (plain === '.' || plain === '..' || /[/%\0]/.test(plain)) throw new StatusError('BadRequest', 'the path holds a segment that cannot be a name')
  return plain
}

/** Reads a path below our group and version; undefined for any other path. @throws StatusError NotFound, MethodNotAllowed, BadRequest */
export function routeOf(kinds: readonly Kind[], method: string, request: { readonly path: string; readonly watch: boolean }): Route | undefined {
  if (!request.path.startsWith(BASE)) return undefined
  const [resource = '', name = '', sub = '', ...rest] = request.path.slice(BASE.length).replace(/\/$/, '').split('/').map(segment)
  const kind = kinds.find((one) => one.resource === resource)
  if (kind === undefined || rest.length > 0) throw unknownResource()
  const subresource = sub === '' ? undefined : kind.subresources.find((one) => one.name === sub)
  if (sub !== '' && subresource === undefined) throw unknownResource()
  const verb = verbOf(method, name !== '', request.watch)
  const served: readonly string[] = subresource?.verbs ?? kind.verbs
  // POST to a single object is for create-only subresources, never for the object itself.
  if (verb === undefined || !served.includes(verb) || (verb === 'create' && name !== '' && subresource === undefined)) {
    throw new StatusError('MethodNotAllowed', `the server does not allow this method on the requested resource`)
  }
  return { kind, verb, name, subresource }
}
