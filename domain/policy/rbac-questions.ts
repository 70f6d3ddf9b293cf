import type { Classified } from '../decision.ts'

/** What RBAC is asked about, as a SubjectAccessReview has it. Fields that are empty are left out. */
export type RbacQuestion = {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

/** What a stream is to RBAC: kube-apiserver asks for `get` where it comes over WebSocket, and newer ones for `create` too. */
const verbsOf = ({ power, verb }: Classified): readonly string[] => (power === 'connect' && verb === 'create' ? ['create', 'get'] : [verb])

/** The questions of which RBAC must say yes to one for a request to pass. */
export function rbacQuestions(classified: Classified): readonly RbacQuestion[] {
  const { apiGroup, resource, subresource, namespace, name } = classified.info
  const place = {
    ...(subresource === '' ? {} : { subresource }),
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
  }
  return verbsOf(classified).map((verb) => ({ verb, group: apiGroup, resource, ...place }))
}
