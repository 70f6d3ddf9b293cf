import { StatusError, type StatusCause } from '../../domain/status-error.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'
export type WriteOptions = { readonly dryRun: boolean; readonly fieldValidation: FieldValidation; readonly fieldManager: string }

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

const invalidOptions = (kind: string, causes: readonly StatusCause[]): StatusError =>
  new StatusError('Invalid', `${kind}.meta.k8s.io "" is invalid: ${causes.map(({ field, message }) => `${field ?? ''}: ${message}`).join(', ')}`, {
    details: { group: 'meta.k8s.io', kind, causes },
  })

/** Only absence, `0` and `false` are no: apimachinery's conversion. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) throw new StatusError('BadRequest', `${name}: "${text.slice(0, 32)}" is no whole number`)
  return Number(text)
}

/** Options of a write. `optionsKind` is the kind that a mistake is reported on: CreateOptions, UpdateOptions, PatchOptions. */
export function writeOptions(query: URLSearchParams, optionsKind: string, userAgent: string): WriteOptions {
  const causes: StatusCause[] = []
  const dryRun = query.getAll('dryRun')
  if (dryRun.some((value) => value !== 'All'))
    causes.push({ reason: 'FieldValueNotSupported', field: 'dryRun', message: 'Unsupported value: supported values: "All"' })
  const validation = query.get('fieldValidation') ?? ''
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(validation))
    causes.push({
      reason: 'FieldValueNotSupported',
      field: 'fieldValidation',
      message: 'Unsupported value: supported values: "Ignore", "Warn", "Strict"',
    })
  const manager = query.get('fieldManager') ?? ''
  if (manager.length > 128) causes.push({ reason: 'FieldValueTooLong', field: 'fieldManager', message: 'Too long: may not be more than 128 bytes' })
  if (/[^\x20-\x7e]/.test(manager))
    causes.push({ reason: 'FieldValueInvalid', field: 'fieldManager', message: 'Invalid value: should only contain printable characters' })
  if (causes.length > 0) throw invalidOptions(optionsKind, causes)
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
    fieldManager: manager === '' ? (userAgent.split('/')[0] ?? '').slice(0, 128) : manager,
  }
}

/**
 * Whether an apply takes fields over that others manage. Only an apply may say so, and it must say who applies.
 * @throws StatusError Invalid
 */
export function applyForce(query: URLSearchParams, applies: boolean): boolean {
  const causes: StatusCause[] = []
  if (applies && (query.get('fieldManager') ?? '') === '')
    causes.push({ reason: 'FieldValueRequired', field: 'fieldManager', message: 'Required value: is required for apply patch' })
  if (!applies && query.has('force'))
    causes.push({ reason: 'FieldValueForbidden', field: 'force', message: 'Forbidden: may not be specified for non-apply patch' })
  if (causes.length > 0) throw invalidOptions('PatchOptions', causes)
  return flag(query, 'force')
}

/** Options of a list or watch, with the combinations that upstream forbids refused: apimachinery ValidateListOptions. */
export function listQuery(query: URLSearchParams): ListQuery {
  const causes: StatusCause[] = []
  const watch = flag(query, 'watch')
  const resourceVersion = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  const continueToken = query.get('continue') ?? ''
  const sendInitialEvents = query.has('sendInitialEvents') ? flag(query, 'sendInitialEvents') : undefined
  const forbid = (field: string, message: string): void =>
    void causes.push({ reason: 'FieldValueForbidden', field, message: `Forbidden: ${message}` })
  if (!/^\d{0,15}$/.test(resourceVersion)) throw new StatusError('BadRequest', `resourceVersion: Invalid value: "${resourceVersion.slice(0, 32)}"`)
  if (!['', 'Exact', 'NotOlderThan'].includes(match))
    causes.push({
      reason: 'FieldValueNotSupported',
      field: 'resourceVersionMatch',
      message: 'Unsupported value: supported values: "Exact", "NotOlderThan"',
    })
  if (watch) {
    if (match !== '' && sendInitialEvents === undefined)
      forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
    if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
      forbid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
  } else {
    if (sendInitialEvents !== undefined) forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list')
    if (match !== '' && resourceVersion === '') forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided')
    if (match !== '' && continueToken !== '') forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided')
    if (match === 'Exact' && resourceVersion === '0')
      forbid('resourceVersionMatch', 'resourceVersionMatch "Exact" is forbidden for resourceVersion "0"')
  }
  if (causes.length > 0) throw invalidOptions('ListOptions', causes)
  return {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    limit: whole(query, 'limit') ?? 0,
    continueToken,
    resourceVersion,
    resourceVersionMatch: match as ListQuery['resourceVersionMatch'],
    watch,
    sendInitialEvents,
    bookmarks: flag(query, 'allowWatchBookmarks'),
    timeoutSeconds: whole(query, 'timeoutSeconds'),
  }
}
