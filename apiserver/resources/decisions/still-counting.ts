import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import type { Reviews } from '../requests/consent.ts'
import { identityOf } from '../requests/requester.ts'
import { stillStands } from '../passkeys/stored-keys.ts'
import type { Store } from '../../storage/port.ts'
import { certifies, type Certified } from './certify-rights.ts'
import { suspensionOfWriter } from './suspended.ts'

/** Maximum reviews of one request. Each decision checks the rights of all reviewers again, so their number is bounded. */
const MAX_REVIEWS = 32

/** @throws StatusError Conflict for a request that too many users have reviewed */
export function checkReviewCount({ metadata: { name }, status }: AccessRequest): void {
  if ((status?.reviews ?? []).length < MAX_REVIEWS) return
  throw new StatusError(
    'Conflict',
    `accessrequests.jit.access "${name}" has ${MAX_REVIEWS} reviews, the most that are possible; create a new request`,
    {
      details: { name, group: 'jit.access', kind: 'accessrequests' },
    },
  )
}

/**
 * The reviews of a request, with `lapsed` on each approval whose reviewer may no longer certify it under every policy in force, or is suspended, or
 * that was made without a passkey where one is required now, or with one that no longer stands. A lapsed approval counts again when its reviewer has the right again. Not cached.
 * @throws StatusError the error of a failed review: it does not deny
 */
export async function stillCounting(
  { metadata: { name }, spec: { rules = [], reveal = [] }, status }: AccessRequest,
  policies: readonly AccessPolicy[],
  { authorizer, store, passkey }: { readonly authorizer: Authorizer; readonly store: Store; readonly passkey: boolean },
): Promise<Reviews> {
  const holds = async (review: Reviews[number]): Promise<boolean> => {
    if (review.passkey === undefined ? passkey : !(await stillStands(store, review.reviewer, review.passkey))) return false
    if ((await suspensionOfWriter(store, identityOf(review.reviewer))) !== undefined) return false
    for (const { metadata } of policies) {
      const certified: Certified = { name, policy: metadata.name, rules, reveal }
      if (!(await certifies(authorizer, identityOf(review.reviewer), certified))) return false
    }
    return true
  }
  return await Promise.all(
    (status?.reviews ?? []).map(async (review) => {
      const { lapsed: _, ...kept } = review
      return review.decision !== 'Approved' || (await holds(review)) ? kept : { ...kept, lapsed: true }
    }),
  )
}

/**
 * Checks again that the keys of the approvals that count stand. Called last: meanwhile the rights of all reviewers were looked up, which takes time, and a
 * key that was revoked since must not give the grant. @throws StatusError Conflict
 */
export async function checkKeysStand({ metadata: { name } }: AccessRequest, reviews: Reviews, store: Store): Promise<void> {
  for (const { reviewer, passkey, decision, lapsed } of reviews) {
    if (passkey === undefined || decision !== 'Approved' || lapsed === true || (await stillStands(store, reviewer, passkey))) continue
    throw new StatusError(
      'Conflict',
      `Operation cannot be fulfilled on accessrequests.jit.access "${name}": the passkey of an earlier approval has just ended; try again`,
      { details: { name, group: 'jit.access', kind: 'accessrequests' } },
    )
  }
}
