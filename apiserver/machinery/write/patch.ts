import { StatusError } from '../../../domain/status-error.ts'
import type { Json, JsonObject } from '../../storage/port.ts'
import { isObject } from '../../../domain/is-object.ts'
import { JSON_PATCH } from '../../../domain/media-type.ts'
import { jsonPatch, PROTOTYPE } from './json-patch.ts'

export const MERGE_PATCH = 'application/merge-patch+json'
export const APPLY_PATCH = 'application/apply-patch+yaml'

/** RFC 7386. Null removes a field. Keys that access the prototype are refused. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch
  const result = new Map<string, Json>(isObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (PROTOTYPE.test(key)) throw new StatusError('BadRequest', `the patch names the field "${key}", which no object has`)
    if (value === null) result.delete(key)
    else result.set(key, mergePatch(result.get(key), value))
  }
  return Object.fromEntries(result)
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
