import { StatusError, type StatusCause } from '../../../domain/status-error.ts'
import type { Json, JsonObject } from '../../storage/port.ts'

export type DeleteOptions = {
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string }
  readonly propagation: 'Background' | 'Foreground' | 'Orphan'
  readonly dryRun: boolean
}

function invalid(field: string, message: string): StatusError {
  const causes: readonly StatusCause[] = [{ reason: 'FieldValueInvalid', field, message }]
  return new StatusError('Invalid', `DeleteOptions.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    details: { group: 'meta.k8s.io', kind: 'DeleteOptions', causes },
  })
}

const POLICIES = ['Background', 'Foreground', 'Orphan'] as const

function propagationOf(body: JsonObject, query: URLSearchParams): DeleteOptions['propagation'] {
  const policy: Json = body['propagationPolicy'] ?? query.get('propagationPolicy')
  const orphan: Json = body['orphanDependents'] ?? query.get('orphanDependents')
  if (policy === null) return orphan === true || orphan === 'true' ? 'Orphan' : 'Background'
  if (orphan !== null) throw invalid('propagationPolicy', 'Invalid value: orphanDependents and deletionPropagation cannot be both set')
  const known = POLICIES.find((one) => one === policy)
  if (known === undefined) throw invalid('propagationPolicy', 'Unsupported value: supported values: "Background", "Foreground", "Orphan"')
  return known
}

function preconditionsOf(given: Json): DeleteOptions['preconditions'] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new StatusError('BadRequest', 'preconditions: an object is expected')
  const { uid, resourceVersion } = given as JsonObject
  if (uid !== undefined && typeof uid !== 'string') throw new StatusError('BadRequest', 'preconditions.uid: a string is expected')
  if (resourceVersion !== undefined && typeof resourceVersion !== 'string')
    throw new StatusError('BadRequest', 'preconditions.resourceVersion: a string is expected')
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) }
}

/** Reads DeleteOptions from the body or the query. */
export function deleteOptions(body: JsonObject, query: URLSearchParams): DeleteOptions {
  const dryRun = [...(Array.isArray(body['dryRun']) ? (body['dryRun'] as readonly Json[]) : []), ...query.getAll('dryRun')]
  if (dryRun.some((value) => value !== 'All')) throw invalid('dryRun', 'Unsupported value: supported values: "All"')
  return { preconditions: preconditionsOf(body['preconditions'] ?? {}), propagation: propagationOf(body, query), dryRun: dryRun.length > 0 }
}
