import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { riskIn } from '../../domain/api/approvals/risk.ts'
import { oneLine } from '../terminal/untrusted.ts'
import { formatLeft, formatLimits } from '../../domain/format/request.ts'

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

/** What a dry run of the server says about a request: who could approve it, and what it would give. Empty for a request that is not pending. */
export function formatVerdict(request: AccessRequest, nowMs: number): string {
  const { spec, status } = request
  if (requestPhase(status, nowMs) !== 'Pending') return ''
  return [
    line('policies', (status?.policies ?? []).join(', ')),
    line('risk', riskIn(status)),
    ...formatApprovers(status ?? {}),
    line('waits', `up to ${formatLeft(status?.expiresAt, nowMs)} for a decision`),
    line('gives', `${formatLimits(spec)}, from the approval on`),
  ].join('')
}
