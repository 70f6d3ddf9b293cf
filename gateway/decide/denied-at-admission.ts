import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { Decision } from '../../domain/decision.ts'
import type { FailureStatus } from '../../domain/status-error.ts'
import type { Reply } from '../plan/dry-run/upstream-call.ts'
import type { Decided } from '../steps.ts'

/** Returns the policy and rule that the webhook of jit-access names in a denial; undefined for a denial from any other source. */
function denialIn({ status, text }: Reply): { readonly policy: string; readonly rule: string } | undefined {
  if (status !== 403) return undefined
  let body: Partial<FailureStatus>
  try {
    body = JSON.parse(text) as Partial<FailureStatus>
  } catch {
    return undefined
  }
  const causes = Array.isArray(body.details?.causes) ? body.details.causes : []
  const causeOf = (reason: string): string | undefined => causes.find((cause) => cause.reason === reason)?.message
  const [policy, rule] = [causeOf('AccessPolicy'), causeOf('AccessPolicyRule')]
  return causeOf('AccessPolicyEffect') !== 'Deny' || policy === undefined || rule === undefined ? undefined : { policy, rule }
}

const hasRule = ({ spec }: AccessPolicy, name: string): boolean => (spec.rules ?? []).some((rule) => rule.name === name)

/**
 * Returns the decision of the webhook when it denied a dry run: it saw the object, and evaluates the same policies. Undefined when something else
 * refused the dry run, or when the denial names a policy or rule that the gateway does not know.
 */
export function deniedAtAdmission(reply: Reply, { decision, policies }: Decided): Decided | undefined {
  const denial = denialIn(reply)
  const policy = policies.find(({ metadata }) => metadata.name === denial?.policy)
  if (denial === undefined || policy === undefined || !hasRule(policy, denial.rule)) return undefined
  const denied: Decision = { effect: 'Deny', ...denial, risk: decision.risk, shadow: false }
  return { decision: denied, policies }
}
