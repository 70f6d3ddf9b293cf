import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { ApprovalWindow } from '../../../domain/api/approvals/windows.ts'
import type { StatusCause } from '../../../domain/status-error.ts'
import { readWindow } from '../../../domain/windows/read-window.ts'
import type { WindowFault } from '../../../domain/windows/window.ts'

type Approvals = NonNullable<AccessPolicy['spec']['approvals']>

function causeOf({ field, message, kind }: WindowFault, at: string): StatusCause {
  const path = `${at}${field === '' ? '' : `.${field}`}`
  if (kind === 'Required') return { reason: 'FieldValueRequired', field: path, message: `Required value: ${message}` }
  if (kind === 'Forbidden') return { reason: 'FieldValueForbidden', field: path, message: `Forbidden: ${message}` }
  return { reason: 'FieldValueInvalid', field: path, message: `Invalid value: ${message}` }
}

function faultsIn(windows: readonly ApprovalWindow[], field: string): readonly StatusCause[] {
  const repeated = windows.flatMap(({ name }, index): readonly StatusCause[] =>
    windows.findIndex((window) => window.name === name) === index
      ? []
      : [{ reason: 'FieldValueDuplicate', field: `${field}[${index}].name`, message: `Duplicate value: "${name}"` }],
  )
  const faulty = windows.flatMap((window, index) => {
    const read = readWindow(window)
    return 'faults' in read ? read.faults.map((fault) => causeOf(fault, `${field}[${index}]`)) : []
  })
  return [...repeated, ...faulty]
}

/** Errors of windows that the schema cannot express. A stored window with one of them closes its policy, or its rule. */
export const windowFaults = ({ windows = [], autoApprove = [] }: Approvals = {}): readonly StatusCause[] => [
  ...faultsIn(windows, 'spec.approvals.windows'),
  ...autoApprove.flatMap((rule, index) => faultsIn(rule.windows ?? [], `spec.approvals.autoApprove[${index}].windows`)),
]
