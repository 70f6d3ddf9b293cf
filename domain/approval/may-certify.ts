import type { AccessRequest } from '../api/access-request.ts'
import { GROUP, VERSION } from '../api/names.ts'

/** What a SelfSubjectAccessReview asks. */
export type Attributes = {
  readonly group: string
  readonly version: string
  readonly verb: string
  readonly resource: string
  readonly subresource?: string
  readonly name?: string
  readonly namespace?: string
}

/** Namespaces that a request concerns; empty for cluster scope. The server evaluates requests the same way. */
export function namespacesOf({ spec: { rules = [], reveal = [] } }: AccessRequest): readonly string[] {
  const all = [...rules.flatMap(({ namespaces }) => namespaces ?? ['']), ...reveal.map(({ namespace }) => namespace)]
  return [...new Set(all.length === 0 ? [''] : all)].sort()
}

/**
 * Returns whether RBAC lets a user decide a request. Asks once for each policy and namespace. A cluster-wide right counts for every namespace, as in
 * RBAC. The server checks again on the decision, and checks more than RBAC.
 * @param allowed asks kube-apiserver about the user
 */
export function createMayCertify(allowed: (attributes: Attributes) => Promise<boolean>): (request: AccessRequest) => Promise<boolean> {
  const asked = new Map<string, Promise<boolean>>()
  const ask = (about: Omit<Attributes, 'group' | 'version'>): Promise<boolean> => {
    const key = JSON.stringify(about)
    const answer = asked.get(key) ?? allowed({ group: GROUP, version: VERSION, ...about })
    asked.set(key, answer)
    return answer
  }
  const certifies = async (policy: string, namespace: string): Promise<boolean> => {
    const certify = { verb: 'certify', resource: 'accesspolicies', name: policy }
    return (await ask(certify)) || (namespace !== '' && (await ask({ ...certify, namespace })))
  }
  return async (request) => {
    const { policy } = request.spec
    if (policy === undefined) return false
    if (!(await ask({ verb: 'update', resource: 'accessrequests', subresource: 'approval' }))) return false
    // Older servers do not report which policies govern the requester.
    for (const each of request.status?.policies ?? [policy])
      for (const namespace of namespacesOf(request)) if (!(await certifies(each, namespace))) return false
    return true
  }
}
