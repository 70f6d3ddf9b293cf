import { readWritten } from '../../../domain/mask/restore.ts'
import { JSON_PATCH, mediaType } from '../../../domain/media-type.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { ClassifiedRequest } from '../../steps.ts'

type Asked = Pick<ClassifiedRequest, 'classified' | 'headers' | 'body'>

const COPIES: ReadonlySet<unknown> = new Set(['copy', 'move'])
/** Below these, every text is searched for values of Secrets. */
const SEARCHED = ['/metadata/labels/', '/metadata/annotations/'] as const

/** Annotations that are read as a copy of the object, in which names are shown, or by the API server and controllers, as the class of a claim is. */
const READ_AS_NAMES = /^\/metadata\/annotations\/(?:[^/]*\.)?(?:kubernetes\.io|k8s\.io|k14s\.io)~1/

function isSearched(path: unknown, { apiGroup, resource }: Asked['classified']['info']): boolean {
  const places = apiGroup === '' && resource === 'configmaps' ? [...SEARCHED, '/data/'] : SEARCHED
  return typeof path === 'string' && places.some((place) => path.startsWith(place)) && !READ_AS_NAMES.test(path)
}

type Operation = { readonly op?: unknown; readonly path?: unknown } | null

/** None in what is not a list, which kube-apiserver refuses. Undefined if it could read another patch in the body than this. */
function operationsIn(body: Buffer): readonly Operation[] | undefined {
  const operations = readWritten(body, undefined)
  return operations === undefined || Array.isArray(operations) ? operations : []
}

/**
 * Whether a JSON Patch may put a text of its object where it is not masked: names, types and references are never masked, since who writes one knows it.
 * With `copy` and `move`, nobody needs to know it. A patch that cannot be read may do so.
 */
export function copiesToNames({ classified: { info }, headers, body }: Asked): boolean {
  if (info.verb !== 'patch' || info.subresource === 'proxy') return false
  if (mediaType(headers.get('content-type')) !== JSON_PATCH) return false
  const operations = operationsIn(body)
  return operations === undefined || operations.some((operation) => COPIES.has(operation?.op) && !isSearched(operation?.path, info))
}

/** @throws StatusError Forbidden for a JSON Patch that {@link copiesToNames}, or BadRequest for one that cannot be read */
export function refuseCopiesToNames(asked: Asked): void {
  if (!copiesToNames(asked)) return
  if (operationsIn(asked.body) === undefined) throw new StatusError('BadRequest', 'a JSON Patch must be JSON without duplicate keys')
  throw new StatusError(
    'Forbidden',
    'a JSON Patch may copy and move only to labels, to annotations of your own and to the data of a ConfigMap: elsewhere it would show a masked value as a name. Write the value itself, or use a merge patch',
  )
}
