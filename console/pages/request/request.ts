import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { html, type Html } from '../../html/html.ts'
import { missing, narrowed, reviews } from './approvals.ts'
import { asked, gains, risk, summary, targets } from './facts.ts'
import { forms, type Deciding } from './forms.ts'
import { plan } from './plan.ts'
import { ownWords } from './words.ts'

/** Everything that an approver should consider, with proven and unproven facts apart, and the forms of their decision. */
export const requestPage = (
  request: AccessRequest,
  { policy, nowMs, deciding }: { readonly policy: AccessPolicy | undefined; readonly nowMs: number; readonly deciding: Deciding },
): Html => html`
  ${summary(request, nowMs)} ${asked(request)} ${targets(request)} ${risk(request, policy)} ${gains(request)} ${plan(request)} ${ownWords(request)}
  ${missing(request, nowMs)} ${reviews(request, nowMs)} ${narrowed(request)} ${forms(request, deciding)}
`
