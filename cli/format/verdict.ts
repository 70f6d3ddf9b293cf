import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import type { Missing } from '../../domain/api/approval-status.ts'
import { riskIn } from '../../domain/api/risk.ts'
import { oneLine } from '../terminal/untrusted.ts'
import { formatLeft, formatLimits } from './request.ts'

const line = (name: string, value: string): string => `  ${`${name}:`.padEnd(11)}${oneLine(value)}\n`

function formatNamespaces(namespaces: readonly string[]): string {
  const named = namespaces.filter((namespace) => namespace !== '')
  return named.length < namespaces.length ? 'at the cluster scope' : `in ${named.length === 1 ? 'namespace' : 'namespaces'} ${named.join(', ')}`
}

const formatSubject = ({ kind, name, namespace }: NonNullable<Missing['subjects']>[number]): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const groupLine = ({ policy = '', groups = [], subjects = [] }: Missing): string =>
  line('  of', `${groups.join(' or ')} (policy ${policy}): ${subjects.map(formatSubject).join(', ')}`)

/** Who could approve, by which policies and groups. Older servers say only how many must. */
function approverLines({ status }: AccessRequest): readonly string[] {
  const { policies = [], approvals, requiredApprovals = 1 } = status ?? {}
  if (approvals === undefined) return [line('approvals', `${requiredApprovals} required`)]
  const inGroups = (approvals.missing ?? []).filter(({ groups }) => groups !== undefined)
  const where = formatNamespaces(approvals.namespaces ?? [''])
  return [
    line('approvals', `${approvals.required} required: ${approvals.message}`),
    line('approvers', `users who may certify ${policies.join(' and ')} ${where}`),
    ...inGroups.map(groupLine),
  ]
}

/** What a dry run of the server says about a request: who could approve it, and what it would give. Empty for a request that is not pending. */
export function formatVerdict(request: AccessRequest, nowMs: number): string {
  const { spec, status } = request
  if (requestPhase(status, nowMs) !== 'Pending') return ''
  return [
    line('policies', (status?.policies ?? []).join(', ')),
    line('risk', riskIn(status)),
    ...approverLines(request),
    line('waits', `up to ${formatLeft(status?.expiresAt, nowMs)} for a decision`),
    line('gives', `${formatLimits(spec)}, from the approval on`),
  ].join('')
}
