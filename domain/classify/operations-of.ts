import type { Classified } from '../decision.ts'
import type { AccessRule } from '../api/rules.ts'
import { classify } from './classify.ts'

/** The verbs that `*` stands for in a rule. */
export const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const

/** One verb of a rule with one of its groups and resources. */
export type AskedResource = { readonly verb: string; readonly apiGroup: string; readonly resource: string }

const VERSION = '*'

/**
 * The request that a rule describes. The version, the path and, if the rule names none, the object stay open; decisions about it must not depend on
 * them.
 */
export function operationOf({ verb, apiGroup, resource }: AskedResource, at: { readonly namespace: string; readonly name: string }): Classified {
  const [plural = '', subresource = ''] = resource.split('/')
  // kube-apiserver uses the name of a Namespace object as its namespace.
  const namespace = apiGroup === '' && plural === 'namespaces' && at.namespace === '' ? at.name : at.namespace
  return classify({
    isResourceRequest: true,
    path: '',
    verb,
    apiPrefix: apiGroup === '' ? 'api' : 'apis',
    apiGroup,
    apiVersion: VERSION,
    namespace,
    resource: plural,
    subresource,
    name: at.name,
    parts: [],
  })
}

/** All combinations of the verbs, groups and resources of a rule. */
export const resourcesOf = ({ verbs, apiGroups = [''], resources }: AccessRule): readonly AskedResource[] =>
  (verbs.includes('*') ? VERBS : verbs).flatMap((verb) =>
    resources.flatMap((resource) => apiGroups.map((apiGroup) => ({ verb, apiGroup, resource }))),
  )

/** All combinations of the namespaces and names of a rule. Empty strings mean cluster-scoped and every name. */
export const placesOf = ({ namespaces = [''], resourceNames = [''] }: AccessRule): readonly { readonly namespace: string; readonly name: string }[] =>
  namespaces.flatMap((namespace) => resourceNames.map((name) => ({ namespace, name })))

/** Number of single operations that a rule covers. */
export const countOf = ({ verbs, apiGroups = [''], resources, namespaces = [''], resourceNames = [''] }: AccessRule): number =>
  (verbs.includes('*') ? VERBS.length : verbs.length) * apiGroups.length * resources.length * namespaces.length * resourceNames.length
