import type { AccessRequest } from '../access-request.ts'
import type { Missing } from './approvals-status.ts'

type Asked = Pick<AccessRequest, 'spec' | 'status'>

/**
 * Number of approvals given and required. A user whose approval lapsed may approve again, so the reviews may have two of one user. `required` is
 * undefined, and the reviews are counted, when the server runs an older release that reports neither.
 */
export function approvalsOf({ status }: Asked): { readonly given: number; readonly required: number | undefined } {
  const counted = (status?.reviews ?? []).filter(({ decision, lapsed }) => decision === 'Approved' && lapsed !== true).length
  return { given: status?.approvals?.given ?? counted, required: status?.requiredApprovals }
}

const certifiers = ({ spec, status }: Asked): string =>
  `who may certify under ${(status?.policies ?? [spec.policy ?? '?']).map((name) => `policy "${name}"`).join(' and ')}`

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(' or ')

function missingPart({ count, policy, groups }: Missing): string {
  if (groups === undefined || policy === undefined) return `${count} from any approver`
  return `${count} from ${groups.length === 1 ? 'group' : 'groups'} ${quoted(groups)} of policy "${policy}"`
}

/** Which approvals are missing, as `1 from group "owners" of policy "p"`. */
export const formatMissing = (missing: readonly Missing[]): string => missing.map(missingPart).join(' and ')

/** Whether the request misses approvals of certain groups. */
const missesGroups = ({ status }: Asked): boolean => (status?.approvals?.missing ?? []).some(({ groups }) => groups !== undefined)

/** Progress of a request whose policies name groups, as a clause. */
function formatGroups(request: Asked): string {
  const { given, required } = approvalsOf(request)
  const missing = formatMissing(request.status?.approvals?.missing ?? [])
  return given === 0
    ? `no approver has decided; it takes ${missing}`
    : `${given} of ${required ?? '?'} approvals ${given === 1 ? 'is' : 'are'} given; missing: ${missing}`
}

/** Progress of an undecided request, and which approvers are missing, as a clause. Names policies, because they determine who may approve. */
export function formatApprovals(request: Asked): string {
  if (missesGroups(request)) return formatGroups(request)
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
