import { applyPatch, type Operation } from 'rfc6902'
import { StatusError } from '../../../domain/status-error.ts'
import type { Json, JsonObject } from '../../storage/port.ts'
import { isObject } from '../../../domain/is-object.ts'

export const JSON_PATCH = 'application/json-patch+json'
export const MERGE_PATCH = 'application/merge-patch+json'
export const APPLY_PATCH = 'application/apply-patch+yaml'
const OPERATIONS_LIMIT = 10_000
/** Names that access an object's prototype. No field has such a name. */
const FORBIDDEN = /(^|\/)(__proto__|constructor|prototype)(\/|$)/

/** RFC 7386. Null removes a field. Keys that access the prototype are refused. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch
  const result = new Map<string, Json>(isObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (FORBIDDEN.test(key)) throw new StatusError('BadRequest', `the patch names the field "${key}", which no object has`)
    if (value === null) result.delete(key)
    else result.set(key, mergePatch(result.get(key), value))
  }
  return Object.fromEntries(result)
}

/** RFC 6902. @throws StatusError BadRequest for a malformed patch, Invalid for one that does not apply */
export function jsonPatch(target: JsonObject, patch: Json): JsonObject {
  if (!Array.isArray(patch)) throw new StatusError('BadRequest', 'a JSON patch is a list of operations')
  if (patch.length > OPERATIONS_LIMIT)
    throw new StatusError('RequestEntityTooLarge', `the patch has ${patch.length} operations; at most ${OPERATIONS_LIMIT} are allowed`)
  const result = structuredClone(target)
  for (const operation of patch as readonly JsonObject[]) {
    for (const pointer of [operation['path'], operation['from']]) {
      if (typeof pointer === 'string' && FORBIDDEN.test(pointer)) throw new StatusError('BadRequest', 'the patch names a field that no object has')
    }
  }
  const failed = applyPatch(result, patch as unknown as Operation[]).find((error) => error !== null)
  if (failed !== undefined) throw new StatusError('Invalid', `the server rejected our request due to an error in our request: ${failed.name}`)
  return result
}

/** Applies a patch of the content type. Strategic merge patch is refused as for custom resources; controllers rely on this exact response. */
export function applyPatchOf(contentType: string, target: JsonObject, patch: Json): JsonObject {
  if (contentType === JSON_PATCH) return jsonPatch(target, patch)
  if (contentType !== MERGE_PATCH) {
    throw new StatusError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${JSON_PATCH}, ${MERGE_PATCH}, ${APPLY_PATCH}`,
    )
  }
  const merged = mergePatch(target, patch)
  if (!isObject(merged)) throw new StatusError('BadRequest', 'a merge patch is an object')
  return merged
}
