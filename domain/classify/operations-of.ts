import type { Classified } from '../decision.ts'
import type { AccessRule } from '../api/rules.ts'
import { classify } from './classify.ts'

/** What `*` means in the verbs of a rule. */
export const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const

/** One group and resource of a rule, with everything that the rule lets be done to it by one verb. */
export type AskedResource = { readonly verb: string; readonly apiGroup: string; readonly resource: string }

const VERSION = '*'

/**
 * The request that a rule is about, as far as a rule says. The version, the path and, where the rule names none, the object are left
 * open: whoever decides about it must not rest on them.
 */
export function operationOf({ verb, apiGroup, resource }: AskedResource, at: { readonly namespace: string; readonly name: string }): Classified {
  const [plural = '', subresource = ''] = resource.split('/')
  // kube-apiserver takes the name of a Namespace for its namespace.
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

/** The verbs, groups and resources of a rule, each with each. */
export const resourcesOf = ({ verbs, apiGroups = [''], resources }: AccessRule): readonly AskedResource[] =>
  (verbs.includes('*') ? VERBS : verbs).flatMap((verb) =>
    resources.flatMap((resource) => apiGroups.map((apiGroup) => ({ verb, apiGroup, resource }))),
  )

/** The namespaces and names of a rule, each with each. Empty: cluster-scoped, every name. */
export const placesOf = ({ namespaces = [''], resourceNames = [''] }: AccessRule): readonly { readonly namespace: string; readonly name: string }[] =>
  namespaces.flatMap((namespace) => resourceNames.map((name) => ({ namespace, name })))

/** How many single operations a rule is about. */
export const countOf = ({ verbs, apiGroups = [''], resources, namespaces = [''], resourceNames = [''] }: AccessRule): number =>
  (verbs.includes('*') ? VERBS.length : verbs.length) * apiGroups.length * resources.length * namespaces.length * resourceNames.length
