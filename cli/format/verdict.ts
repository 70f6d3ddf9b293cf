import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { riskIn } from '../../domain/api/approvals/risk.ts'
import { oneLine } from '../terminal/untrusted.ts'
import { formatExtension, formatLeft, formatLimits } from '../../domain/format/request.ts'

const line = (name: string, value: string): string => `  ${`${name}:`.padEnd(11)}${oneLine(value)}\n`

function formatNamespaces(namespaces: readonly string[]): string {
  const named = namespaces.filter((namespace) => namespace !== '')
  return named.length < namespaces.length ? 'at the cluster scope' : `in ${named.length === 1 ? 'namespace' : 'namespaces'} ${named.join(', ')}`
}

type Missing = NonNullable<NonNullable<NonNullable<AccessRequest['status']>['approvals']>['missing']>[number]

const formatSubject = ({ kind, name, namespace }: NonNullable<Missing['subjects']>[number]): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const formatMissing = ({ policy = '', groups = [], subjects = [] }: Missing): string =>
  line('  of', `${groups.join(' or ')} (policy ${policy}): ${subjects.map(formatSubject).join(', ')}`)

/** Who could approve the request, and how many must. */
function formatApprovers({ policies = [], approvals, requiredApprovals }: NonNullable<AccessRequest['status']>): readonly string[] {
  const inGroups = (approvals?.missing ?? []).filter(({ groups }) => groups !== undefined)
  return [
    line('approvals', approvals?.message ?? `${requiredApprovals ?? '?'} required`),
    line('approvers', `users that may certify ${policies.join(' and ')} ${formatNamespaces(approvals?.namespaces ?? [])}`),
    ...inGroups.map(formatMissing),
  ]
}

/** What the rules that approve in place of approvers said. */
const formatAutomatic = ({ autoApproval }: NonNullable<AccessRequest['status']>): readonly string[] =>
  autoApproval === undefined ? [] : [line('automatic', `no: ${autoApproval.message}`)]

type Status = NonNullable<AccessRequest['status']>

const approvedLines = (spec: AccessRequest['spec'], { conditions, narrowed }: Status): readonly string[] => [
  line('approved', `at once: ${conditionOf(conditions, 'Approved')?.message ?? ''}`),
  line('gives', `${formatLimits({ ...spec, ...narrowed })}, at once`),
]

const pendingLines = (spec: AccessRequest['spec'], status: Status, nowMs: number): readonly string[] => [
  ...formatAutomatic(status),
  ...formatApprovers(status),
  line('waits', `up to ${formatLeft(status.expiresAt, nowMs)} for a decision`),
  line('gives', spec.extends === undefined ? `${formatLimits(spec)}, from the approval on` : formatExtension(spec)),
]

/**
 * What a dry run of the server says about a request: whether a rule approves it, who could approve it otherwise, and what it would give. Empty for a
 * request that is neither pending nor approved.
 */
export function formatVerdict(request: AccessRequest, nowMs: number): string {
  const { status } = request
  const phase = requestPhase(status, nowMs)
  if (status === undefined || (phase !== 'Pending' && phase !== 'Approved')) return ''
  const judged = [line('policies', (status.policies ?? []).join(', ')), line('risk', riskIn(status))]
  return [...judged, ...(phase === 'Approved' ? approvedLines(request.spec, status) : pendingLines(request.spec, status, nowMs))].join('')
}
