import type { AccessPolicy, PolicyRule } from '../../domain/api/access-policy.ts'
import { operationOf, VERBS, type AskedResource } from '../../domain/classify/operations-of.ts'
import type { Classified } from '../../domain/decision.ts'

/** A typical operation of agents. `operations`: its variants by namespace or verb. The sample is allowed if RBAC allows one of them. */
export type Sample = {
  readonly operations: readonly Classified[]
  /** The rule that names it. Absent for common operations. */
  readonly rule?: string
}

const asked = (verb: string, apiGroup: string, resource: string): AskedResource => ({ verb, apiGroup, resource })

/** Common operations of agents in any cluster. The policy decides which of them need a grant. */
const COMMON: readonly AskedResource[] = [
  asked('list', '', 'pods'),
  asked('get', '', 'pods/log'),
  asked('list', '', 'services'),
  asked('list', '', 'configmaps'),
  asked('list', '', 'secrets'),
  asked('list', '', 'events'),
  asked('list', 'apps', 'deployments'),
  asked('patch', 'apps', 'deployments'),
  asked('patch', 'apps', 'deployments/scale'),
  asked('patch', '', 'configmaps'),
  asked('create', '', 'pods'),
  asked('delete', '', 'pods'),
  asked('create', '', 'pods/exec'),
]

const MAX_NAMESPACES = 4
/** Samples from all rules of a policy. Each makes at least one review. */
const MAX_SAMPLES = 48

/** The names in a list, without `*`. Empty if the list is absent. */
const named = (list: readonly string[] | undefined): readonly string[] => (list ?? []).filter((value) => value !== '*')

/** All namespaces (the empty string), and namespaces that rules name, since roles may be bound only there. */
function namespacesOf({ spec: { rules = [] } }: AccessPolicy): readonly string[] {
  const names = rules.filter(({ effect }) => effect !== 'Deny').flatMap(({ match }) => named(match?.namespaces))
  return ['', ...new Set(names.filter((name) => name !== ''))].slice(0, MAX_NAMESPACES)
}

/** One sample for each verb that the rule names. A rule without verbs makes one sample of all verbs. */
function samplesOf({ name: rule, match = {}, effect }: PolicyRule): readonly Sample[] {
  if (effect === 'Deny') return []
  const { subresources, namespaces, names } = match
  const resources = named(match.resources).flatMap((resource) =>
    (subresources === undefined ? [''] : named(subresources)).map((below) => (below === '' ? resource : `${resource}/${below}`)),
  )
  const verbs = named(match.verbs)
  const [name = ''] = named(names)
  return named(match.apiGroups).flatMap((apiGroup) =>
    resources.flatMap((resource) =>
      (namespaces === undefined ? [''] : named(namespaces)).flatMap((namespace) => {
        const operation = (verb: string): Classified =>
          operationOf({ verb, apiGroup, resource }, { namespace, name: verb === 'create' && !resource.includes('/') ? '' : name })
        return verbs.length === 0 ? [{ rule, operations: VERBS.map(operation) }] : verbs.map((verb) => ({ rule, operations: [operation(verb)] }))
      }),
    ),
  )
}

/** The operations to check for a policy. Rules that name no resources, or all of them, are covered by the common operations. */
export function samplesFor(policy: AccessPolicy): readonly Sample[] {
  const common = COMMON.map((each): Sample => ({ operations: namespacesOf(policy).map((namespace) => operationOf(each, { namespace, name: '' })) }))
  return [...common, ...(policy.spec.rules ?? []).flatMap(samplesOf).slice(0, MAX_SAMPLES)]
}
