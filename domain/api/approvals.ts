import type { AccessRequest } from './access-request.ts'

type Asked = Pick<AccessRequest, 'spec' | 'status'>

/** Number of approvals given and required. `required` is undefined when the server runs an older release that does not report it. */
export function approvalsOf({ status }: Asked): { readonly given: number; readonly required: number | undefined } {
  const given = (status?.reviews ?? []).filter(({ decision }) => decision === 'Approved').length
  return { given, required: status?.requiredApprovals }
}

const certifiers = ({ spec, status }: Asked): string =>
  `who may certify under ${(status?.policies ?? [spec.policy ?? '?']).map((name) => `policy "${name}"`).join(' and ')}`

/** Progress of an undecided request, and which approvers are missing, as a clause. Names policies, because they determine who may approve. */
export function formatApprovals(request: Asked): string {
  const { given, required } = approvalsOf(request)
  if (given === 0)
    return required === undefined || required === 1 ? 'no approver has decided' : `no approver has decided, and it takes ${required} approvers`
  if (required === undefined) return `${given} approved so far, which is not enough yet`
  const missing = Math.max(1, required - given)
  const others = missing === 1 ? `1 more is missing, by another person` : `${missing} more are missing, by other people`
  return `${given} of ${required} approvals ${given === 1 ? 'is' : 'are'} given; ${others} ${certifiers(request)}`
}

/** Why an undecided request expired, as a clause. */
export function formatExpired(request: Asked): string {
  const { given, required } = approvalsOf(request)
  if (given === 0) return 'no approver decided in time'
  return `${given} of ${required ?? 'several'} approvals ${given === 1 ? 'was' : 'were'} given in time`
}
