import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { riskIn } from '../../domain/api/risk.ts'
import { oneLine } from '../terminal/untrusted.ts'
import { formatLeft, formatLimits } from './request.ts'

const line = (name: string, value: string): string => `  ${`${name}:`.padEnd(11)}${oneLine(value)}\n`

function formatNamespaces(namespaces: readonly string[]): string {
  const named = namespaces.filter((namespace) => namespace !== '')
  return named.length < namespaces.length ? 'at the cluster scope' : `in ${named.length === 1 ? 'namespace' : 'namespaces'} ${named.join(', ')}`
}

/** What a dry run of the server says about a request: who could approve it, and what it would give. Empty for a request that is not pending. */
export function formatVerdict(request: AccessRequest, nowMs: number): string {
  const { spec, status } = request
  if (requestPhase(status, nowMs) !== 'Pending') return ''
  const { policies = [], approvals, expiresAt } = status ?? {}
  const inGroups = (approvals?.missing ?? []).filter(({ groups }) => groups !== undefined)
  return [
    line('policies', policies.join(', ')),
    line('risk', riskIn(status)),
    line('approvals', approvals?.message ?? `${status?.requiredApprovals ?? '?'} required`),
    line('approvers', `whoever may certify ${policies.join(' and ')} ${formatNamespaces(approvals?.namespaces ?? [])}`),
    ...inGroups.map(({ policy = '', groups = [], subjects = [] }) =>
      line(
        '  of',
        `${groups.join(' or ')} (policy ${policy}): ${subjects.map(({ kind, name, namespace }) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`).join(', ')}`,
      ),
    ),
    line('waits', `up to ${formatLeft(expiresAt, nowMs)} for a decision`),
    line('gives', `${formatLimits(spec)}, from the approval on`),
  ].join('')
}
