import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { invalid } from '../../../domain/status-error.ts'

const counted = (count: number, what: string): readonly string[] => (count === 0 ? [] : [`${count} ${what}`])

/**
 * Whether this approval is of a truncated plan. The approval must confirm that with `status.unseen`; a confirmation of an earlier approver does
 * not count. @throws StatusError Invalid when it does not
 */
export function approvesCutPlan(next: AccessRequest, old: AccessRequest): boolean {
  const { cut } = old.spec.operation ?? {}
  if (cut === undefined) return false
  if (next.status?.unseen === true) return true
  const { removedLines = 0, addedLines = 0, bodyCharacters = 0 } = cut
  const missing = [
    ...counted(removedLines, 'removed lines'),
    ...counted(addedLines, 'added lines'),
    ...counted(bodyCharacters, 'characters of the body'),
  ]
  const { name } = old.metadata
  throw invalid('AccessRequest', name, [
    {
      reason: 'FieldValueRequired',
      field: 'status.unseen',
      message: `Required value: ${missing.join(', ')} are not shown, since the plan is too long. To approve the request anyway, set this to true: kubectl certify approve ${name} --unseen`,
    },
  ])
}
