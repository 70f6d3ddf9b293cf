import { StatusError, type StatusCause } from '../../../domain/status-error.ts'
import { flag, invalidOptions, integerIn } from '../http/query.ts'

export type ListQuery = {
  readonly labelSelector: string
  readonly fieldSelector: string
  readonly limit: number
  readonly continueToken: string
  readonly resourceVersion: string
  readonly resourceVersionMatch: '' | 'Exact' | 'NotOlderThan'
  readonly watch: boolean
  readonly sendInitialEvents: boolean | undefined
  readonly bookmarks: boolean
  readonly timeoutSeconds: number | undefined
}

const forbidden = (field: string, message: string): StatusCause => ({ reason: 'FieldValueForbidden', field, message: `Forbidden: ${message}` })

function watchFaults({ resourceVersionMatch: match, sendInitialEvents }: ListQuery): readonly StatusCause[] {
  const causes: StatusCause[] = []
  if (match !== '' && sendInitialEvents === undefined)
    causes.push(forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'))
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    causes.push(forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  return causes
}

function listFaults({ resourceVersionMatch: match, resourceVersion, continueToken, sendInitialEvents }: ListQuery): readonly StatusCause[] {
  const causes: StatusCause[] = []
  if (sendInitialEvents !== undefined) causes.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  if (match === '') return causes
  const forbid = (why: string): void => void causes.push(forbidden('resourceVersionMatch', `resourceVersionMatch ${why}`))
  if (resourceVersion === '') forbid('is forbidden unless resourceVersion is provided')
  if (continueToken !== '') forbid('is forbidden when continue is provided')
  if (match === 'Exact' && resourceVersion === '0') forbid('"Exact" is forbidden for resourceVersion "0"')
  return causes
}

const MATCHES = ['', 'Exact', 'NotOlderThan'] as const

function matchIn(query: URLSearchParams): ListQuery['resourceVersionMatch'] {
  const given = query.get('resourceVersionMatch') ?? ''
  const match = MATCHES.find((one) => one === given)
  if (match !== undefined) return match
  const message = 'Unsupported value: supported values: "Exact", "NotOlderThan"'
  throw invalidOptions('ListOptions', [{ reason: 'FieldValueNotSupported', field: 'resourceVersionMatch', message }])
}

function versionIn(query: URLSearchParams): string {
  const version = query.get('resourceVersion') ?? ''
  if (/^\d{0,15}$/.test(version)) return version
  throw new StatusError('BadRequest', `resourceVersion: Invalid value: "${version.slice(0, 32)}"`)
}

/** Parses the options of a list or watch. Refuses the same combinations as apimachinery's ValidateListOptions. */
export function listQuery(query: URLSearchParams): ListQuery {
  const text = (name: string): string => query.get(name) ?? ''
  const read: ListQuery = {
    labelSelector: text('labelSelector'),
    fieldSelector: text('fieldSelector'),
    limit: integerIn(query, 'limit') ?? 0,
    continueToken: text('continue'),
    resourceVersion: versionIn(query),
    resourceVersionMatch: matchIn(query),
    watch: flag(query, 'watch'),
    sendInitialEvents: query.has('sendInitialEvents') ? flag(query, 'sendInitialEvents') : undefined,
    bookmarks: flag(query, 'allowWatchBookmarks'),
    timeoutSeconds: integerIn(query, 'timeoutSeconds'),
  }
  const causes = read.watch ? watchFaults(read) : listFaults(read)
  if (causes.length > 0) throw invalidOptions('ListOptions', causes)
  return read
}
