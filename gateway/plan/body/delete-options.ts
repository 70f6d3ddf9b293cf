import { StatusError } from '../../../domain/status-error.ts'
import { mediaType } from '../../../domain/media-type.ts'
import { isSet } from '../../classify/query-flag.ts'
import { readObject } from '../../classify/read-object.ts'
import type { ClassifiedRequest } from '../../steps.ts'
import { isObject } from '../../../domain/is-object.ts'

/** DeleteOptions of meta/v1. */
export type DeleteOptionsBody = { readonly [field: string]: unknown }

/** Fields that are forwarded. Others are dropped, since upstream does not know them either. */
const FIELDS: ReadonlySet<string> = new Set([
  'dryRun',
  'gracePeriodSeconds',
  'preconditions',
  'orphanDependents',
  'propagationPolicy',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
])
const bad = (message: string): StatusError => new StatusError('BadRequest', message)

/** Reads options from the body. They must be JSON, since an approver reads them. @throws StatusError 400, 415 */
export function readOptions({ headers, body }: Pick<ClassifiedRequest, 'headers' | 'body'>): DeleteOptionsBody {
  const type = mediaType(headers.get('content-type'))
  if (type !== '' && type !== 'application/json')
    throw new StatusError('UnsupportedMediaType', `the options of an operation that needs an approval must be application/json, not ${type}`)
  const options = readObject(body)
  if (!isObject(options)) throw bad('the options in the body are not an object')
  return options
}

/** Converts query parameters as upstream does: k8s.io/apimachinery/pkg/apis/meta/v1/conversion.go. */
function optionsInQuery(query: URLSearchParams): DeleteOptionsBody {
  const seconds = query.get('gracePeriodSeconds')
  if (seconds !== null && !/^[+-]?\d{1,15}$/.test(seconds)) throw bad('gracePeriodSeconds: a whole number is expected')
  const flag = (name: string): DeleteOptionsBody => {
    const value = query.get(name)
    return value === null ? {} : { [name]: isSet(value) }
  }
  const [policy, uid] = [query.get('propagationPolicy'), query.get('uid')]
  const dryRun = query.getAll('dryRun')
  return {
    // Without this, a dry run would become a real deletion.
    ...(dryRun.length === 0 ? {} : { dryRun }),
    ...(seconds === null ? {} : { gracePeriodSeconds: Number(seconds) }),
    ...flag('orphanDependents'),
    ...flag('ignoreStoreReadErrorWithClusterBreakingPotential'),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(uid === null ? {} : { preconditions: { uid } }),
  }
}

/** The options of a DELETE: from its body, or from its query if it has no body. @throws StatusError 400, 415 */
export function deleteOptionsOf(asked: Pick<ClassifiedRequest, 'headers' | 'body' | 'query'>): DeleteOptionsBody {
  if (asked.body.length === 0) return optionsInQuery(asked.query)
  return Object.fromEntries(Object.entries(readOptions(asked)).filter(([field]) => FIELDS.has(field)))
}

/** Builds the DELETE body for upstream. Options in a body replace those of the query, so `dryRun` must be in the body. */
export const deleteBody = (options: DeleteOptionsBody, also: DeleteOptionsBody): Buffer =>
  Buffer.from(JSON.stringify({ ...options, apiVersion: 'v1', kind: 'DeleteOptions', ...also }))

/** Adds preconditions for exactly this object. @throws StatusError Conflict when the client's preconditions name another object */
export function boundTo(options: DeleteOptionsBody, object: { readonly uid: string; readonly resourceVersion?: string }): DeleteOptionsBody {
  const asked = isObject(options['preconditions']) ? options['preconditions'] : {}
  for (const field of ['uid', 'resourceVersion'] as const) {
    const [wanted, is] = [asked[field], object[field]]
    if (wanted !== undefined && wanted !== null && is !== undefined && wanted !== is)
      throw new StatusError('Conflict', `the ${field} in preconditions is not that of the object; read it again and repeat`)
  }
  return { ...options, preconditions: { ...asked, ...object } }
}
