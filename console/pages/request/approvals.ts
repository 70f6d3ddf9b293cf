import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { formatApprovals } from '../../../domain/api/approvals/approvals.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import type { Missing } from '../../../domain/api/approvals/approvals-status.ts'
import { formatLimits } from '../../../domain/format/request.ts'
import { formatReveal, formatRule } from '../../../domain/format/rule.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { ago, section } from '../../html/fragments.ts'

type Subject = NonNullable<Missing['subjects']>[number]

const subjectText = ({ kind, name, namespace }: Subject): string => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const missingText = ({ count, policy = '?', groups, subjects = [] }: Missing): string =>
  groups === undefined
    ? `${count} from any approver`
    : `${count} from ${groups.join(' or ')} of policy ${policy}: ${subjects.map(subjectText).join(', ')}`

/** What is still missing and from whom. Only for a request that waits. */
export function missing(request: AccessRequest, nowMs: number): Html | undefined {
  if (requestPhase(request.status, nowMs) !== 'Pending') return undefined
  const { missing: parts = [], message, passkey } = request.status?.approvals ?? {}
  const automatic = request.status?.autoApproval
  return section('What is still missing', [
    ...(parts.length > 0 ? parts.map(missingText) : [message ?? formatApprovals(request)]),
    ...(passkey === true ? ['Each approval needs a passkey of its approver.'] : []),
    ...(automatic === undefined ? [] : [`No rule approved it: ${automatic.message}`]),
  ])
}

/** The decision of a rule, which has no reviewer. */
function byRule({ status }: AccessRequest, nowMs: number): readonly Html[] {
  if (status?.decidedBy === undefined) return []
  const { rule, policy } = status.decidedBy
  const { message, lastTransitionTime } = conditionOf(status.conditions, 'Approved') ?? {}
  return [html`<b>Approved</b> by rule ${rule} of policy ${policy}, ${ago(lastTransitionTime, nowMs)}${message === undefined ? '' : `: ${message}`}`]
}

/** Who decided what. */
export const reviews = (request: AccessRequest, nowMs: number): Html | undefined =>
  section('Decisions so far', [
    ...byRule(request, nowMs),
    ...(request.status?.reviews ?? []).map(
      ({ reviewer, decision, message, time, lapsed, passkey }) =>
        html`<b>${decision}</b> by ${reviewer.username}${passkey === undefined ? '' : ` with a passkey (${passkey.key}, ${passkey.fingerprint})`},
          ${ago(time, nowMs)}${lapsed === true ? ' (does not count any more)' : ''}${message === undefined ? '' : `: ${message}`}`,
    ),
  ])

/** What earlier approvers narrowed the request to. */
export const narrowed = ({ spec, status }: AccessRequest): Html | undefined =>
  status?.narrowed === undefined
    ? undefined
    : section('Narrowed by an approver to', [
        formatLimits({ ...spec, ...status.narrowed }),
        ...(status.narrowed.rules ?? []).map(formatRule),
        ...(status.narrowed.reveal ?? []).map(formatReveal),
      ])
