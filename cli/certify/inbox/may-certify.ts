import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { createMayCertify as mayCertifyBy } from '../../../domain/approval/may-certify.ts'
import type { Kubectl } from '../../kubectl/kubectl.ts'
import { createConcurrencyLimit } from '../../../kube/concurrency-limit.ts'
import { SELF_SUBJECT_ACCESS_REVIEWS } from '../../kubectl/paths.ts'

type Review = { readonly status?: { readonly allowed?: boolean } }

/** Whether RBAC lets the caller decide a request. */
export type MayCertify = (request: AccessRequest) => Promise<boolean>

/** Each review is a kubectl process. */
const AT_ONCE = 4

/** Makes one access review per policy and namespace. */
export function createMayCertify(kubectl: Kubectl): MayCertify {
  const limit = createConcurrencyLimit(AT_ONCE)
  return mayCertifyBy(async (resourceAttributes) => {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }
    const review = await limit.take(() => kubectl.create<Review>(SELF_SUBJECT_ACCESS_REVIEWS, body))
    return review.status?.allowed === true
  })
}
