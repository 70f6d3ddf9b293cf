import type { AccessPolicy, Effect } from '../../../domain/api/access-policy.ts'
import { DEFAULT_PER_HOUR } from '../../../domain/api/approvals/auto-approve.ts'
import { RISKS } from '../../../domain/api/approvals/risk.ts'
import { requiredApprovals } from '../../../domain/approval/approval.ts'
import type { Classified } from '../../../domain/decision.ts'
import { operationText } from '../../../domain/explain/operation-text.ts'
import { explainPolicy, type ExplainedRule, type Explanation } from '../../../domain/policy/explain.ts'
import { strictestLimits } from '../../../domain/policy/limits.ts'
import { formatDuration } from '../../../domain/format/duration.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import { ruleWindowLines } from './window-lines.ts'

const NEEDS: Readonly<Record<Effect, string>> = {
  Allow: 'nothing: it is forwarded and its answer masked',
  RequireGrant: 'a live grant that covers it',
  RequireApproval: 'an approval of this very operation, used once',
  Deny: 'nothing helps: it is refused, and no approval can allow it',
}

const SIGNS = { decides: '>', perhaps: '?', stricter: '+', later: ' ', no: ' ' } as const

function partText({ part, effect, risk, condition, misses }: ExplainedRule): string {
  const gives = `${effect}, risk ${risk}`
  switch (part) {
    case 'decides':
      return `decides: ${gives}`
    case 'perhaps':
      return `decides if its condition holds: ${gives}; condition: ${condition ?? ''}`
    case 'stricter':
      return `does not name the request, and makes the decision at least ${effect}`
    case 'later':
      return 'applies, but a rule before it decides'
    case 'no':
      return `does not apply${misses.length === 0 ? '' : `, because of its ${misses.join(', or ')}`}`
  }
}

function resultText({ loosest, strictest }: Explanation): string {
  if (loosest === strictest) return `${strictest}. Needed: ${NEEDS[strictest]}`
  return `between ${loosest} and ${strictest}, depending on conditions, which need the objects of the real request`
}

/** One operation under one policy, rule by rule. Each line is safe for a terminal. */
export function explanationLines(policy: AccessPolicy, classified: Classified): readonly string[] {
  const explanation = explainPolicy(policy, classified)
  const { rules, byDefault } = explanation
  const last =
    byDefault.part === 'no' ? 'not reached' : `${byDefault.part === 'perhaps' ? 'decides if no condition holds' : 'decides'}: ${byDefault.effect}`
  return [
    operationText(classified),
    ...rules.map((rule, index) => `  ${SIGNS[rule.part]} ${index}. ${rule.name}: ${partText(rule)}`),
    `  ${byDefault.part === 'decides' ? '>' : byDefault.part === 'perhaps' ? '?' : ' '} default: ${last}`,
    `  = ${resultText(explanation)}`,
  ].map(oneLine)
}

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

/** The limits and approvals of a request under the policy. */
export function limitLines(policy: AccessPolicy, nowMs: number): readonly string[] {
  const limits = strictestLimits([policy])
  const uses = limits.maxUses === undefined ? 'any number of uses' : `at most ${limits.maxUses} uses`
  const groups = policy.spec.approvals?.groups ?? []
  return [
    `A grant lasts ${formatDuration(limits.defaultDurationSeconds)} unless asked otherwise, at most ${formatDuration(limits.maxDurationSeconds)}, with ${uses}.`,
    `It takes ${approversText(policy)} within ${formatDuration(limits.pendingTTLSeconds)}.`,
    ...groups.map(({ name, required = 1 }) => `Of them, ${required} must belong to the group "${name}".`),
    ...automaticLines(policy, nowMs),
    ...wordsRequired(policy),
  ].map(oneLine)
}
