import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { riskIn } from '../../../domain/api/approvals/risk.ts'
import { reasonsOfRisk } from '../../../domain/explain/risk-reasons.ts'
import { block } from '../../terminal/block.ts'
import { oneLine } from '../../terminal/untrusted.ts'

/** The reasons for the risk of a request: what it can do, and the rules of its policy. Safe for a terminal. */
export const riskReasons = (request: AccessRequest, policy: AccessPolicy | undefined): readonly string[] =>
  block(`Why its risk is ${riskIn(request.status)}:`, reasonsOfRisk(request, policy).map(oneLine))
