import type { Classified } from '../decision.ts'

/** The attributes of a SubjectAccessReview. Empty fields are omitted. */
export type RbacQuestion = {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

/** The verbs of a stream in RBAC: kube-apiserver checks `get` for WebSocket, and newer releases check `create` as well. */
const verbsOf = ({ power, verb }: Classified): readonly string[] => (power === 'connect' && verb === 'create' ? ['create', 'get'] : [verb])

/** The access reviews of a request. RBAC must allow at least one of them. */
export function rbacQuestions(classified: Classified): readonly RbacQuestion[] {
  const { apiGroup, resource, subresource, namespace, name } = classified.info
  const place = {
    ...(subresource === '' ? {} : { subresource }),
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
  }
  return verbsOf(classified).map((verb) => ({ verb, group: apiGroup, resource, ...place }))
}
