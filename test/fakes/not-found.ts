import { StatusError } from '../../domain/status-error.ts'

/** The error that an API server returns for an object that does not exist, by the path of the object or of its subresource. */
export function notFoundAt(path: string): StatusError {
  const [, resource = '', name = ''] = /\/v1\/(?:namespaces\/[^/]+\/)?([^/?]+)\/([^/?]+)/.exec(path) ?? []
  return new StatusError('NotFound', `${resource} "${name}" not found`, { details: { kind: resource, name } })
}
