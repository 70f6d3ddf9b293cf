import { mediaType } from '../../../domain/media-type.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { ClassifiedRequest } from '../../steps.ts'

type Asked = Pick<ClassifiedRequest, 'classified' | 'headers' | 'body'>

const COPIES: ReadonlySet<unknown> = new Set(['copy', 'move'])
/** Below these, every text is searched for values of Secrets. */
const SEARCHED = ['/metadata/labels/', '/metadata/annotations/'] as const

function isSearched(path: unknown, { apiGroup, resource }: Asked['classified']['info']): boolean {
  const places = apiGroup === '' && resource === 'configmaps' ? [...SEARCHED, '/data/'] : SEARCHED
  return typeof path === 'string' && places.some((place) => path.startsWith(place))
}

/** The operations of a JSON Patch. Of a duplicate key the last one counts, here and upstream, which refuses what is not JSON. */
function operationsIn(body: Buffer): readonly ({ readonly op?: unknown; readonly path?: unknown } | null)[] {
  try {
    const operations: unknown = JSON.parse(body.toString('utf8'))
    return Array.isArray(operations) ? operations : []
  } catch {
    return []
  }
}

/**
 * Whether a JSON Patch may put a text of its object where it is not masked: names, types and references are never masked, since who writes one knows it.
 * With `copy` and `move`, nobody needs to know it.
 */
export function copiesToNames({ classified: { info }, headers, body }: Asked): boolean {
  if (info.verb !== 'patch' || info.subresource === 'proxy') return false
  if (mediaType(headers.get('content-type')) !== 'application/json-patch+json') return false
  return operationsIn(body).some((operation) => COPIES.has(operation?.op) && !isSearched(operation?.path, info))
}

/** @throws StatusError Forbidden for a JSON Patch that {@link copiesToNames} */
export function refuseCopiesToNames(asked: Asked): void {
  if (!copiesToNames(asked)) return
  throw new StatusError(
    'Forbidden',
    'a JSON Patch may copy and move only to labels, to annotations and to the data of a ConfigMap: elsewhere it would show a masked value as a name. Write the value itself, or use a merge patch',
  )
}
