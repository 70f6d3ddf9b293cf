import { maskSecretStatus } from '../../../domain/mask/masker.ts'
import type { StatusError } from '../../../domain/status-error.ts'
import { statusErrorOf } from '../../../kube/client.ts'
import { cannotImpersonate, readImpersonationRefusal } from '../../forward/impersonation-refusal.ts'
import type { Reply } from '../../plan/dry-run/upstream-call.ts'
import { policyMasking } from '../../mask/policy-masking.ts'
import type { Masking } from '../../ports.ts'
import type { ClassifiedRequest, Decided } from '../../steps.ts'

/** Of a handler, or of a webhook beside it, that knows no dry run. */
export const cannotBeTried = ({ status, text }: Reply): boolean => status === 400 && /does not support dry.?run/i.test(text)

/**
 * What kube-apiserver said of a write that was tried and that it would refuse, as the agent may hear it. Its words can quote the object, so who
 * may not read that, or not all of it, gets none of them.
 */
export function refusedWrite(
  { asked, decided }: { readonly asked: ClassifiedRequest; readonly decided: Decided },
  { status, text }: Reply,
  { masking, readable }: { readonly masking: Masking; readonly readable: boolean },
): StatusError {
  const beyond = readImpersonationRefusal(status, text)
  if (beyond !== undefined) return cannotImpersonate(beyond, [decided.decision.policy])
  const { info } = asked.classified
  const quotes = !readable || policyMasking(decided.policies, info).fields.length > 0
  const masked = quotes
    ? maskSecretStatus(Buffer.from(text), { status, name: info.name, resource: info.resource }).toString('utf8')
    : masking.agentText(text, asked)
  return statusErrorOf(status, masked)
}
