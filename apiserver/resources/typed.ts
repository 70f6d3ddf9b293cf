import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import type { BreakGlassReview } from '../../domain/api/break-glass/review.ts'
import type { AccessSession } from '../../domain/api/access-session.ts'
import type { AccessSuspension } from '../../domain/api/access-suspension.ts'
import type { ApproverKey } from '../../domain/api/passkeys/approver-key.ts'
import type { KubeObject } from '../machinery/kind.ts'

/** Casts to the type of a kind. Safe because the machinery has checked the object against the schema of that type. */
export const asRequest = (object: KubeObject): AccessRequest => object as unknown as AccessRequest
export const asGrant = (object: KubeObject): AccessGrant => object as unknown as AccessGrant
export const asPolicy = (object: KubeObject): AccessPolicy => object as unknown as AccessPolicy
export const asBreakGlassReview = (object: KubeObject): BreakGlassReview => object as unknown as BreakGlassReview
export const asSuspension = (object: KubeObject): AccessSuspension => object as unknown as AccessSuspension
export const asSession = (object: KubeObject): AccessSession => object as unknown as AccessSession
export const asApproverKey = (object: KubeObject): ApproverKey => object as unknown as ApproverKey
export const asObject = (
  resource: AccessGrant | AccessPolicy | AccessRequest | AccessSession | AccessSuspension | ApproverKey | BreakGlassReview,
): KubeObject => resource
