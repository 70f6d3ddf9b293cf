import type { AccessPolicy } from '../api/access-policy.ts'
import { DEFAULT_PER_HOUR } from '../api/approvals/auto-approve.ts'
import { RISKS } from '../api/approvals/risk.ts'
import { requiredApprovals } from '../approval/approval.ts'
import { formatDuration } from '../format/duration.ts'
import { strictestLimits } from '../policy/request-limits.ts'
import { ruleWindowLines } from './window-lines.ts'

const approvers = (count: number): string => `${count} ${count === 1 ? 'approver' : 'approvers'}`

/** How many approvers a request needs, by its risk where that matters. */
function approversText(policy: AccessPolicy): string {
  const counts = RISKS.map((risk) => ({ risk, count: requiredApprovals([policy], risk) }))
  const isSame = counts.every(({ count }) => count === counts[0]?.count)
  return isSame ? approvers(counts[0]?.count ?? 1) : counts.map(({ risk, count }) => `${approvers(count)} for risk ${risk}`).join(', ')
}

/** What the reason and the ticket of a request must be. */
function wordsRequired({ spec: { requests = {} } }: AccessPolicy): readonly string[] {
  const { reason = {}, ticketPattern } = requests
  const isReason = reason.required === true || reason.pattern !== undefined
  const matching = reason.pattern === undefined ? '' : ` that matches ${reason.pattern}`
  return [
    ...(isReason ? [`A reason is required${matching}.`] : []),
    ...(ticketPattern === undefined ? [] : [`A ticket is required that matches ${ticketPattern}.`]),
  ]
}

/** What is approved without an approver. The conditions need the real request. */
function automaticLines({ metadata, spec: { approvals = {} } }: AccessPolicy, nowMs: number): readonly string[] {
  return (approvals.autoApprove ?? []).flatMap((rule) => [
    `Rule "${rule.name}" approves it at once, ${rule.perHour ?? DEFAULT_PER_HOUR} times an hour for each requester and never for risk Critical, if: ${rule.condition}`,
    ...ruleWindowLines(rule, metadata.name, nowMs),
  ])
}

/** Which approvals need a passkey. */
function passkeyLines({ spec: { approvals = {} } }: AccessPolicy): readonly string[] {
  const { passkey } = approvals
  return passkey === undefined ? [] : [`Each approval of risk ${passkey.requiredFor} or higher needs a passkey of the approver.`]
}

/** The limits and approvals of a request under the policy. Patterns, conditions and names are unescaped words of the policy. */
export function limitLines(policy: AccessPolicy, nowMs: number): readonly string[] {
  const limits = strictestLimits([policy])
  const uses = limits.maxUses === undefined ? 'any number of uses' : `at most ${limits.maxUses} uses`
  const groups = policy.spec.approvals?.groups ?? []
  return [
    `A grant lasts ${formatDuration(limits.defaultDurationSeconds)} unless asked otherwise, at most ${formatDuration(limits.maxDurationSeconds)}, with ${uses}.`,
    `It takes ${approversText(policy)} within ${formatDuration(limits.pendingTTLSeconds)}.`,
    ...groups.map(({ name, required = 1 }) => `Of them, ${required} must belong to the group "${name}".`),
    ...passkeyLines(policy),
    ...automaticLines(policy, nowMs),
    ...wordsRequired(policy),
  ]
}
