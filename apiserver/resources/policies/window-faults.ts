import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { StatusCause } from '../../../domain/status-error.ts'
import { readWindow } from '../../../domain/windows/read-window.ts'
import type { WindowFault } from '../../../domain/windows/window.ts'

type Approvals = NonNullable<AccessPolicy['spec']['approvals']>

const FIELD = 'spec.approvals.windows'

function causeOf({ field, message, kind }: WindowFault, index: number): StatusCause {
  const path = `${FIELD}[${index}]${field === '' ? '' : `.${field}`}`
  if (kind === 'Required') return { reason: 'FieldValueRequired', field: path, message: `Required value: ${message}` }
  if (kind === 'Forbidden') return { reason: 'FieldValueForbidden', field: path, message: `Forbidden: ${message}` }
  return { reason: 'FieldValueInvalid', field: path, message: `Invalid value: ${message}` }
}

/** Errors of `spec.approvals.windows` that the schema cannot express. A stored window with one of them closes its policy. */
export function windowFaults({ windows = [] }: Approvals = {}): readonly StatusCause[] {
  const repeated = windows.flatMap(({ name }, index): readonly StatusCause[] =>
    windows.findIndex((window) => window.name === name) === index
      ? []
      : [{ reason: 'FieldValueDuplicate', field: `${FIELD}[${index}].name`, message: `Duplicate value: "${name}"` }],
  )
  const faulty = windows.flatMap((window, index) => {
    const read = readWindow(window)
    return 'faults' in read ? read.faults.map((fault) => causeOf(fault, index)) : []
  })
  return [...repeated, ...faulty]
}
