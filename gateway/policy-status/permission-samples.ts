import type { AccessPolicy, PolicyRule } from '../../domain/api/access-policy.ts'
import { operationOf, VERBS, type AskedResource } from '../../domain/classify/operations-of.ts'
import type { Classified } from '../../domain/decision.ts'

/** Something that agents do. `operations`: what it is in single requests. */
export type Deed = {
  readonly operations: readonly Classified[]
  /** The rule that names it. Absent: agents commonly do it. */
  readonly rule?: string
}

const asked = (verb: string, apiGroup: string, resource: string): AskedResource => ({ verb, apiGroup, resource })

/** What agents do in any cluster. What a policy says of each decides whether the agent needs a grant for it. */
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

const MAX_PLACES = 4
/** Of all rules of a policy: each is a question at least. */
const MAX_NAMED = 48

/** What of a list is named: `*` and what is left out name nothing. */
const named = (list: readonly string[] | undefined): readonly string[] => (list ?? []).filter((value) => value !== '*')

/** Namespaces that rules name, beside all of them at once: roles may be bound there alone. */
function placesOf({ spec: { rules = [] } }: AccessPolicy): readonly string[] {
  const names = rules.filter(({ effect }) => effect !== 'Deny').flatMap(({ match }) => named(match?.namespaces))
  return ['', ...new Set(names.filter((name) => name !== ''))].slice(0, MAX_PLACES)
}

/** Without verbs a rule is about whatever can be done; of what it names each is wanted. */
function deedsOf({ name: rule, match = {}, effect }: PolicyRule): readonly Deed[] {
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

/** What to ask about a policy. Rules that name no resources, or all, are about what is common. */
export function deedsFor(policy: AccessPolicy): readonly Deed[] {
  const common = COMMON.map((each): Deed => ({ operations: placesOf(policy).map((namespace) => operationOf(each, { namespace, name: '' })) }))
  return [...common, ...(policy.spec.rules ?? []).flatMap(deedsOf).slice(0, MAX_NAMED)]
}
