import { JSON_PATCH, mediaType } from '../../../domain/media-type.ts'
import { StatusError, type StatusCause } from '../../../domain/status-error.ts'
import { readObject } from '../../classify/read-object.ts'
import type { ClassifiedRequest } from '../../steps.ts'

/** Paths that `test` may name. They bind the patch to an object or a version, and do not depend on its other content. */
const TESTABLE: ReadonlySet<unknown> = new Set(['/metadata/resourceVersion', '/metadata/uid'])

const SETTING: ReadonlySet<unknown> = new Set(['add', 'replace', 'remove'])

function isPlain(operation: unknown): boolean {
  const { op, path } = (typeof operation === 'object' && operation !== null ? operation : {}) as { readonly op?: unknown; readonly path?: unknown }
  return SETTING.has(op) || (op === 'test' && TESTABLE.has(path))
}

/**
 * Refuses a JSON Patch whose outcome depends on the current object: `copy` and `move` set values from elsewhere in the object, and `test`
 * decides whether the patch applies at all. @throws StatusError Invalid, or BadRequest for an ambiguous body
 */
export function refuseMoves({ classified, headers, body }: Pick<ClassifiedRequest, 'classified' | 'headers' | 'body'>): void {
  if (classified.info.verb !== 'patch' || mediaType(headers.get('content-type')) !== JSON_PATCH) return
  const operations = readObject(body)
  if (!Array.isArray(operations)) throw new StatusError('BadRequest', 'a JSON Patch is a list of operations')
  const index = (operations as readonly unknown[]).findIndex((operation) => !isPlain(operation))
  if (index < 0) return
  const message =
    'a JSON Patch that needs an approval may only use add, replace and remove: the effect of copy, move and test depends on the object at the time of the write. Write the value itself, or use a merge patch'
  const cause: StatusCause = {
    reason: 'FieldValueNotSupported',
    field: `[${index}].op`,
    message: 'Unsupported value: supported values: "add", "replace", "remove"',
  }
  throw new StatusError('Invalid', message, { details: { causes: [cause] } })
}
