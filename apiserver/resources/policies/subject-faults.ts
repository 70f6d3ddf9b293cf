import type { Subject } from '../../../domain/api/subject.ts'
import { plainTextProblem } from '../../../domain/api/plain-text.ts'
import { isExemptSubject } from '../../../domain/policy/never-governed.ts'
import type { StatusCause } from '../../../domain/status-error.ts'

function subjectFault({ kind, name, namespace }: Subject, field: string): StatusCause | undefined {
  const isAccount = kind === 'ServiceAccount'
  if (isAccount && namespace === undefined)
    return { reason: 'FieldValueRequired', field: `${field}.namespace`, message: 'Required value: a ServiceAccount lives in a namespace' }
  if (!isAccount && namespace !== undefined)
    return { reason: 'FieldValueForbidden', field: `${field}.namespace`, message: `Forbidden: a ${kind} has no namespace` }
  const hidden = plainTextProblem(name)
  return hidden === undefined ? undefined : { reason: 'FieldValueInvalid', field: `${field}.name`, message: hidden }
}

/** What is wrong with a list of subjects that the schema cannot express, at most one fault each. */
export const subjectFaults = (subjects: readonly Subject[], field: string): readonly StatusCause[] =>
  subjects.flatMap((subject, index) => subjectFault(subject, `${field}[${index}]`) ?? [])

/** The same for subjects that are governed or stopped: identities of the cluster and of jit-access cannot be. */
export const governedSubjectFaults = (subjects: readonly Subject[], field: string): readonly StatusCause[] =>
  subjects.flatMap((subject, index) => {
    const at = `${field}[${index}]`
    const message = 'Invalid value: it names all users, or identities of the cluster or of jit-access itself'
    const exempt = isExemptSubject(subject) ? { reason: 'FieldValueInvalid' as const, field: `${at}.name`, message } : []
    return subjectFault(subject, at) ?? exempt
  })
