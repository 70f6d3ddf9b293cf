import { invalid, StatusError, type StatusCause } from '../../../domain/status-error.ts'

const about = (name: string) => ({ name, group: 'jit.access', kind: 'approverkeys' })

export const forbidden = (name: string, message: string, causes: readonly StatusCause[] = []): StatusError =>
  new StatusError('Forbidden', `approverkeys.jit.access "${name}" is forbidden: ${message}`, {
    details: { ...about(name), ...(causes.length === 0 ? {} : { causes }) },
  })

export const conflicting = (name: string, message: string): StatusError =>
  new StatusError('Conflict', `Operation cannot be fulfilled on approverkeys.jit.access "${name}": ${message}`, { details: about(name) })

export const missing = (name: string, field: string, message: string): StatusError =>
  invalid('ApproverKey', name, [{ reason: 'FieldValueRequired', field, message: `Required value: ${message}` }])
