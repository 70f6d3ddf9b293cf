import { StatusError, type StatusCause } from '../../../domain/status-error.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'
export type WriteOptions = { readonly dryRun: boolean; readonly fieldValidation: FieldValidation; readonly fieldManager: string }

export const invalidOptions = (kind: string, causes: readonly StatusCause[]): StatusError =>
  new StatusError('Invalid', `${kind}.meta.k8s.io "" is invalid: ${causes.map(({ field, message }) => `${field ?? ''}: ${message}`).join(', ')}`, {
    details: { group: 'meta.k8s.io', kind, causes },
  })

/** False if absent, `0` or `false`; otherwise true, as in apimachinery's conversion. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

/** A non-negative integer of the query; undefined if absent or empty. @throws StatusError BadRequest */
export function integerIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) throw new StatusError('BadRequest', `${name}: "${text.slice(0, 32)}" is not a whole number`)
  return Number(text)
}

const unsupported = (field: string, values: string): StatusCause => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: supported values: ${values}`,
})

function managerFaults(manager: string): readonly StatusCause[] {
  const causes: StatusCause[] = []
  if (manager.length > 128) causes.push({ reason: 'FieldValueTooLong', field: 'fieldManager', message: 'Too long: may not be more than 128 bytes' })
  if (/[^\x20-\x7e]/.test(manager))
    causes.push({ reason: 'FieldValueInvalid', field: 'fieldManager', message: 'Invalid value: should only contain printable characters' })
  return causes
}

const VALIDATIONS: { readonly [text: string]: FieldValidation } = { '': 'Warn', Ignore: 'Ignore', Warn: 'Warn', Strict: 'Strict' }

/** Options of a write. `optionsKind` is the kind that errors name: CreateOptions, UpdateOptions or PatchOptions. */
export function writeOptions(query: URLSearchParams, optionsKind: string, userAgent: string): WriteOptions {
  const dryRun = query.getAll('dryRun')
  const fieldValidation = VALIDATIONS[query.get('fieldValidation') ?? '']
  const manager = query.get('fieldManager') ?? ''
  const causes = [
    ...(dryRun.every((value) => value === 'All') ? [] : [unsupported('dryRun', '"All"')]),
    ...(fieldValidation === undefined ? [unsupported('fieldValidation', '"Ignore", "Warn", "Strict"')] : []),
    ...managerFaults(manager),
  ]
  if (causes.length > 0 || fieldValidation === undefined) throw invalidOptions(optionsKind, causes)
  // As upstream, without what a terminal could take for a command.
  const program = (userAgent.split('/')[0] ?? '').replaceAll(/[^\x20-\x7e]/g, '')
  return { dryRun: dryRun.length > 0, fieldValidation, fieldManager: manager === '' ? program.slice(0, 128) : manager }
}

/**
 * Whether an apply takes ownership of fields from other managers. `force` is only valid for an apply, and an apply requires `fieldManager`.
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
