import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { GROUP } from '../../../domain/api/names.ts'
import type { Kubectl } from '../../kubectl/kubectl.ts'
import { createPlaces } from '../../../kube/places.ts'
import { SELF_SUBJECT_ACCESS_REVIEWS } from '../../kubectl/paths.ts'

type Attributes = {
  readonly verb: string
  readonly resource: string
  readonly subresource?: string
  readonly name?: string
  readonly namespace?: string
}
type Review = { readonly status?: { readonly allowed?: boolean } }

/** Whether RBAC lets the caller decide a request. The server checks again on the decision, and checks more than RBAC. */
export type MayCertify = (request: AccessRequest) => Promise<boolean>

/** Namespaces that a request concerns; empty for cluster scope. The server evaluates requests the same way. */
export function namespacesOf({ spec: { rules = [], reveal = [] } }: AccessRequest): readonly string[] {
  const all = [...rules.flatMap(({ namespaces }) => namespaces ?? ['']), ...reveal.map(({ namespace }) => namespace)]
  return [...new Set(all.length === 0 ? [''] : all)].sort()
}

/** Each review is a kubectl process. */
const AT_ONCE = 4

/** Makes one access review per policy and namespace. A cluster-wide right counts for every namespace, as in RBAC. */
export function createMayCertify(kubectl: Kubectl): MayCertify {
  const asked = new Map<string, Promise<boolean>>()
  const places = createPlaces(AT_ONCE)
  const allowed = (attributes: Attributes): Promise<boolean> => {
    const key = JSON.stringify(attributes)
    const known = asked.get(key)
    if (known !== undefined) return known
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { group: GROUP, version: 'v1', ...attributes } },
    }
    const answer = places.take(() => kubectl.create<Review>(SELF_SUBJECT_ACCESS_REVIEWS, body)).then((review) => review.status?.allowed === true)
    asked.set(key, answer)
    return answer
  }
  const certifies = async (policy: string, namespace: string): Promise<boolean> => {
    const certify = { verb: 'certify', resource: 'accesspolicies', name: policy }
    return (await allowed(certify)) || (namespace !== '' && (await allowed({ ...certify, namespace })))
  }
  return async (request) => {
    const { policy } = request.spec
    if (policy === undefined) return false
    if (!(await allowed({ verb: 'update', resource: 'accessrequests', subresource: 'approval' }))) return false
    // Older servers do not report which policies govern the requester.
    for (const each of request.status?.policies ?? [policy])
      for (const namespace of namespacesOf(request)) if (!(await certifies(each, namespace))) return false
    return true
  }
}
