import type { AccessPolicy, PolicySubject } from '../../../domain/api/access-policy.ts'
import { plainTextProblem } from '../../../domain/api/plain-text.ts'
import type { StatusCause } from '../../../domain/status-error.ts'

function subjectFaults({ kind, name, namespace }: PolicySubject, field: string): readonly StatusCause[] {
  const isAccount = kind === 'ServiceAccount'
  if (isAccount && namespace === undefined)
    return [{ reason: 'FieldValueRequired', field: `${field}.namespace`, message: 'Required value: a ServiceAccount lives in a namespace' }]
  if (!isAccount && namespace !== undefined)
    return [{ reason: 'FieldValueForbidden', field: `${field}.namespace`, message: `Forbidden: a ${kind} has no namespace` }]
  const hidden = plainTextProblem(name)
  return hidden === undefined ? [] : [{ reason: 'FieldValueInvalid', field: `${field}.name`, message: hidden }]
}

const listFaults = (list: readonly PolicySubject[], of: string): readonly StatusCause[] =>
  list.flatMap((subject, index) => subjectFaults(subject, `spec.approvals.breakGlass.${of}[${index}]`))

/** Errors of `spec.approvals.breakGlass` that the schema cannot express. */
export function breakGlassFaults({ approvals }: AccessPolicy['spec']): readonly StatusCause[] {
  const { subjects = [], reviewers = [] } = approvals?.breakGlass ?? {}
  return [...listFaults(subjects, 'subjects'), ...listFaults(reviewers, 'reviewers')]
}
