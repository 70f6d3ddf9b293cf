import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { StatusCause } from '../../../domain/status-error.ts'
import { subjectFaults } from './subject-faults.ts'

/** Errors of `spec.approvals.breakGlass` that the schema cannot express. */
export function breakGlassFaults({ approvals }: AccessPolicy['spec']): readonly StatusCause[] {
  const { subjects = [], reviewers = [] } = approvals?.breakGlass ?? {}
  const field = 'spec.approvals.breakGlass'
  return [...subjectFaults(subjects, `${field}.subjects`), ...subjectFaults(reviewers, `${field}.reviewers`)]
}
