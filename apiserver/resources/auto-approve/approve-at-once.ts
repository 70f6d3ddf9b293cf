import {
  autoApprovalOf,
  hasAutoApproval,
  whyNeverAutomatic,
  recordedName,
  reducedBy,
  type AutoApproved,
} from '../../../domain/approval/auto-approval.ts'
import { needsPasskey } from '../../../domain/approval/passkey.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AutoApproval } from '../../../domain/api/approvals/auto-approve.ts'
import { escapedLine } from '../../../domain/api/plain-text.ts'
import { createAutoApproveEvaluator } from '../../../server/conditions/auto-approve.ts'
import { whyRuleClosed } from '../../../domain/windows/rule-windows.ts'
import type { RequestContext, Creation } from '../../machinery/kind.ts'
import type { Store } from '../../storage/port.ts'
import { grantFor } from '../decisions/grant-for.ts'
import { grantedAtCreation, grantWrite } from '../decisions/granted-at-creation.ts'
import { suspensionOf } from '../decisions/suspended.ts'
import { riskNow } from '../requests/consent.ts'
import { governingPolicies } from '../requests/request-policy.ts'
import { asObject } from '../typed.ts'
import { refuseCreation } from '../windows/refuse-closed.ts'
import { readHistory, remember } from './decision-history.ts'
import { inputOf, fieldsBeyondConditions } from './input.ts'
import { approvedByRules } from './record-events.ts'

export type AutoApproveDependencies = {
  readonly store: Store
  readonly cluster?: string
  /** Called with the outcome for each request that is created under a policy with such rules. Optional. Defaults to no callback. */
  readonly autoApproved?: (outcome: AutoApproval['outcome']) => void
}

type Verdict = ReturnType<typeof autoApprovalOf>

async function verdictOn(
  request: AccessRequest,
  policies: readonly AccessPolicy[],
  by: { readonly deps: AutoApproveDependencies; readonly context: RequestContext },
): Promise<Verdict> {
  const { deps, context } = by
  const { user, nowMs } = context
  const { notBefore, reveal = [], cluster = deps.cluster } = request.spec
  const risk = riskNow(request, policies)
  const facts = {
    risk,
    suspended: (await suspensionOf({ store: deps.store, ...(cluster === undefined ? {} : { cluster }) }, user)) !== undefined,
    passkey: needsPasskey(policies, risk),
    reveals: reveal.length > 0,
    // Written as a negation so that an unreadable time starts later.
    startsLater: notBefore !== undefined && !(Date.parse(notBefore) <= nowMs),
    unseen: fieldsBeyondConditions(request),
  }
  if (whyNeverAutomatic(facts) !== undefined)
    return autoApprovalOf(policies, facts, { closed: () => undefined, holds: () => false, usedThisHour: () => Infinity })
  const history = await readHistory(deps.store, user.username, nowMs)
  const evaluate = createAutoApproveEvaluator()
  const input = inputOf(request, { risk, nowMs })
  return autoApprovalOf(policies, facts, {
    closed: ({ policy, rule }) => whyRuleClosed(rule, policy, nowMs),
    holds: ({ policy, rule }) => evaluate(rule.condition, { ...input, history: history.counts(policy) }),
    usedThisHour: (approving) => history.approvedBy(recordedName(approving)),
  })
}

function approved(
  request: AccessRequest,
  { by, message }: AutoApproved,
  { policies, context }: { readonly policies: readonly AccessPolicy[]; readonly context: RequestContext },
): Creation {
  const { nowMs } = context
  const decider = by.find(({ policy }) => policy === request.spec.policy) ?? by[0]
  const others = by.filter((each) => each !== decider)
  const narrowed = reducedBy(by, request.spec)
  const reduced = narrowed === undefined ? request : { ...request, status: { ...request.status, narrowed } }
  const decidedBy = { rule: decider.rule.name, policy: decider.policy }
  const made = grantedAtCreation(reduced, { by: decidedBy, reason: 'AutoApproved', message }, nowMs)
  const grant = grantFor(made, narrowed, { nowMs, policies })
  const rules = [recordedName(decider), ...others.map(recordedName)] as const
  return {
    object: asObject(made),
    also: [grantWrite(grant), remember(made, 'approved', { nowMs, rules }), approvedByRules({ request: made, grant, rules }, context)],
  }
}

/**
 * What the rules of the policies make of a new request: approved, with its grant, or left to its approvers. The policies are read again, since they
 * may have changed. The rules count by the history of the requester, which is written in the same commit; the caller has read the requester's quota
 * before, whose write conflicts when another request of the same requester was created meanwhile.
 */
export async function approvedAtOnce(request: AccessRequest, context: RequestContext, deps: AutoApproveDependencies): Promise<Creation> {
  const { all: policies } = await governingPolicies(deps, context.user, request)
  refuseCreation(policies, request, context)
  if (!hasAutoApproval(policies)) return { object: asObject(request) }
  const verdict = await verdictOn(request, policies, { deps, context })
  const autoApproval = { outcome: verdict.outcome, message: escapedLine(verdict.message) }
  const judged: AccessRequest = { ...request, status: { ...request.status, autoApproval } }
  const change = verdict.outcome === 'Approved' ? approved(judged, verdict, { policies, context }) : { object: asObject(judged) }
  return { ...change, committed: () => deps.autoApproved?.(verdict.outcome) }
}
