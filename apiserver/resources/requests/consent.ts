import { progressOf, type Progress } from '../../../domain/approval/approval.ts'
import { needsPasskey } from '../../../domain/approval/passkey.ts'
import type { AccessPolicy, Risk } from '../../../domain/api/access-policy.ts'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import { formatApprovals } from '../../../domain/api/approvals/approvals.ts'
import { higherRisk, riskIn } from '../../../domain/api/approvals/risk.ts'
import { namespacesOf } from '../decisions/certify-rights.ts'
import { riskOfRequest } from './request-risk.ts'

export type Reviews = NonNullable<AccessRequestStatus['reviews']>

/** The part of the status that says who must agree, and who has not yet. */
export type NeededConsent = Required<Pick<AccessRequestStatus, 'risk' | 'requiredApprovals' | 'policies' | 'approvals'>>

/** The risk of a stored request under the policies in force. It is never lower than the one that it has had. */
export const riskNow = (request: AccessRequest, policies: readonly AccessPolicy[]): Risk =>
  higherRisk(riskIn(request.status), riskOfRequest(request, policies))

/** The users whose approvals count. */
const approversIn = (reviews: Reviews) =>
  reviews.filter(({ decision, lapsed }) => decision === 'Approved' && lapsed !== true).map(({ reviewer }) => reviewer)

/** What a request needs under the policies in force, after the given reviews. */
export const consentProgress = (policies: readonly AccessPolicy[], risk: Risk, reviews: Reviews): Progress =>
  progressOf(policies, risk, approversIn(reviews))

/** The status of the consent of a request under the policies in force, after the given reviews. */
export function consentOf(
  policies: readonly AccessPolicy[],
  request: AccessRequest,
  { risk, reviews }: { readonly risk: Risk; readonly reviews: Reviews },
): NeededConsent {
  const { rules = [], reveal = [] } = request.spec
  const { required, given, missing } = consentProgress(policies, risk, reviews)
  const names = policies.map(({ metadata }) => metadata.name)
  const counted = {
    required,
    given,
    ...(missing.length === 0 ? {} : { missing }),
    ...(needsPasskey(policies, risk) ? { passkey: true } : {}),
    namespaces: namespacesOf({ rules, reveal }),
  }
  const status = { requiredApprovals: required, policies: names, reviews, approvals: { ...counted, message: '' } }
  const message = missing.length === 0 ? 'every required approval is given' : formatApprovals({ spec: request.spec, status })
  return { risk, requiredApprovals: required, policies: names, approvals: { ...counted, message } }
}
