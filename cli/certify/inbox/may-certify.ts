import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { createMayCertify as mayCertifyBy } from '../../../domain/approval/may-certify.ts'
import type { Kubectl } from '../../kubectl/kubectl.ts'
import { SELF_SUBJECT_ACCESS_REVIEWS } from '../../kubectl/paths.ts'

type Review = { readonly status?: { readonly allowed?: boolean } }

/** Whether RBAC lets the caller decide a request. */
export type MayCertify = (request: AccessRequest) => Promise<boolean>

/** Makes one access review per policy and namespace. */
export const createMayCertify = (kubectl: Kubectl): MayCertify =>
  mayCertifyBy(async (resourceAttributes) => {
    const review = await kubectl.create<Review>(SELF_SUBJECT_ACCESS_REVIEWS, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    })
    return review.status?.allowed === true
  })
