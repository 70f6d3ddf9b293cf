import type { PolicyRule } from '../../api/access-policy.ts'
import type { Classified } from '../../decision.ts'
import { isEviction, objectNameOf, type RequestInfo } from '../../request-info.ts'
import { isAcrossNamespaces } from './cluster-scoped.ts'
import { readsObject, readsReplicas } from '../conditions/condition-variables.ts'

type Match = NonNullable<PolicyRule['match']>

/**
 * Verbs that show or change the same objects as a verb that a rule names: an identity that may not get an object may not list or watch it either.
 * `update` and `patch` are two ways to do the same.
 */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  list: ['get'],
  watch: ['get', 'list'],
  deletecollection: ['delete'],
  update: ['patch'],
  patch: ['update'],
}

/** Subresources whose read returns the whole object. */
const WHOLE_OBJECT: ReadonlySet<string> = new Set(['status', 'resize', 'ephemeralcontainers', 'approval', 'finalize'])
const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
const COLLECTION: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection'])

/** Resources that two groups serve: both give access to the same objects. */
const SAME_RESOURCE: readonly (readonly string[])[] = [['/events', 'events.k8s.io/events']]

const has = (list: readonly string[] | undefined, value: string): boolean => list === undefined || list.includes('*') || list.includes(value)

/** The verbs whose rules apply to a request. */
const verbsOf = ({ info, verb }: Classified): readonly string[] => [verb, ...(isEviction(info) ? ['delete'] : (ALSO[verb] ?? []))]

const verbHolds = (verbs: readonly string[] | undefined, classified: Classified): boolean => verbsOf(classified).some((each) => has(verbs, each))

function resourceHolds({ apiGroups, resources }: Match, { apiGroup, resource }: RequestInfo): boolean {
  const served = SAME_RESOURCE.find((names) => names.includes(`${apiGroup}/${resource}`)) ?? [`${apiGroup}/${resource}`]
  return served.some((name) => {
    const [group = '', plural = ''] = name.split('/')
    return has(apiGroups, group) && has(resources, plural)
  })
}

/** A condition over `object` does not apply to the options of an exec or an eviction. A condition over replicas also applies to a Scale. */
function objectHolds(condition: string | undefined, subresource: string): boolean {
  if (condition === undefined || !readsObject(condition) || subresource === '' || WHOLE_OBJECT.has(subresource)) return true
  return subresource === 'scale' && readsReplicas(condition)
}

function subresourceHolds({ subresources, condition }: Match, { info: { subresource }, verb }: Classified): boolean {
  if (subresources === undefined) return objectHolds(condition, subresource)
  return has(subresources, subresource) || (READS.has(verb) && WHOLE_OBJECT.has(subresource) && subresources.includes(''))
}

/** Whether a list of Namespace objects shows one of the namespaces: it shows each, or the one that its field selector names. */
const isListOfNamespaces = ({ apiGroup, resource, name, verb }: RequestInfo, namespaces: readonly string[] | undefined): boolean =>
  apiGroup === '' && resource === 'namespaces' && COLLECTION.has(verb) && (name === '' || has(namespaces, name))

/** A list across all namespaces shows the objects of each. */
const namespaceHolds = (namespaces: readonly string[] | undefined, info: RequestInfo): boolean =>
  has(namespaces, info.namespace) || isListOfNamespaces(info, namespaces) || isAcrossNamespaces(info)

/**
 * A collection request may show or change the named object. If its field selector names an object, the request is for that object only. A create names its
 * object in the body.
 */
function nameHolds(names: readonly string[] | undefined, info: RequestInfo): boolean {
  if (names === undefined) return true
  if (info.name !== '') return has(names, info.name) || has(names, objectNameOf(info))
  return COLLECTION.has(info.verb) || (info.createdName !== undefined && has(names, info.createdName))
}

/**
 * Whether a request shows or changes what a rule applies to, even if the rule does not name the request. For rules stricter than Allow: an omitted
 * field matches every value.
 */
export function holdsIn(match: Match, classified: Classified): boolean {
  const { info } = classified
  return (
    verbHolds(match.verbs, classified) &&
    resourceHolds(match, info) &&
    subresourceHolds(match, classified) &&
    namespaceHolds(match.namespaces, info) &&
    nameHolds(match.names, info)
  )
}
