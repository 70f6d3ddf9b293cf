import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { GROUP, VERSION } from '../../../domain/api/names.ts'
import { createMayCertify as mayCertifyBy, type Attributes } from '../../../domain/approval/may-certify.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import type { Kubectl } from '../../kubectl/kubectl.ts'
import { createConcurrencyLimit } from '../../../kube/concurrency-limit.ts'
import { SELF_SUBJECT_ACCESS_REVIEWS } from '../../kubectl/paths.ts'

type Review = { readonly status?: { readonly allowed?: boolean } }

/** Whether RBAC lets the caller decide a request. */
export type MayCertify = (request: AccessRequest) => Promise<boolean>

/** Each review is a kubectl process. */
const AT_ONCE = 4

async function isAllowed(kubectl: Kubectl, resourceAttributes: Attributes): Promise<boolean> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }
  return (await kubectl.create<Review>(SELF_SUBJECT_ACCESS_REVIEWS, body)).status?.allowed === true
}

/** Makes one access review per policy and namespace. */
export function createMayCertify(kubectl: Kubectl): MayCertify {
  const limit = createConcurrencyLimit(AT_ONCE)
  return mayCertifyBy((attributes) => limit.take(() => isAllowed(kubectl, attributes)))
}

/** Whether RBAC lets the caller decide any request at all; true when that cannot be found out. Does not check the policies that they may certify. */
export async function mayDecide(kubectl: Kubectl): Promise<boolean> {
  try {
    return await isAllowed(kubectl, { group: GROUP, version: VERSION, verb: 'update', resource: 'accessrequests', subresource: 'approval' })
  } catch (error) {
    if (error instanceof KubectlError) return true
    throw error
  }
}
