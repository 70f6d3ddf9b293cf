import type { PolicyRule } from '../../api/access-policy.ts'
import type { Discovered } from '../../served-resource.ts'

type Match = NonNullable<PolicyRule['match']>

/** A problem with a field of `match`. `field` is the path below `match`. */
export type MatchFault = { readonly field: string; readonly message: string }

const VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'proxy', '*'])
/** Verbs of non-resource requests: HTTP methods. */
const METHODS: ReadonlySet<string> = new Set(['get', 'head', 'post', 'put', 'patch', 'delete', 'options', '*'])
const RESOURCE = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?|\*)$/
const GROUP = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/
const NAMESPACE = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/
const LISTS = ['verbs', 'apiGroups', 'resources', 'subresources', 'namespaces', 'names', 'nonResourceURLs'] as const

const quote = (word: string): string => JSON.stringify(word)

function verbFault(verb: string, { nonResourceURLs }: Match): string | undefined {
  if (VERBS.has(verb) || (nonResourceURLs !== undefined && METHODS.has(verb))) return undefined
  return `${quote(verb)} is not a request verb; use one of ${[...(nonResourceURLs === undefined ? VERBS : new Set([...VERBS, ...METHODS]))].join(', ')}`
}

function groupFault(group: string): string | undefined {
  if (group === '*' || (GROUP.test(group) && group !== 'core')) return undefined
  if (group === 'core') return 'the core group is written ""'
  return `${quote(group)} is not an API group${group.includes('/') ? `: omit the version, ${quote(group.split('/')[0] ?? '')}` : ''}`
}

function resourceFault(resource: string): string | undefined {
  if (RESOURCE.test(resource)) return undefined
  if (resource.includes('/')) return `${quote(resource)}: write the subresource in subresources`
  return `${quote(resource)} is not the plural name of a resource${resource.includes('*') ? ': "*" must be the whole value and means every resource' : ''}`
}

function nameFault(name: string): string | undefined {
  if (name === '' || name.includes('/') || name.includes('%')) return `${quote(name)} cannot be the name of an object`
  return name !== '*' && name.includes('*') ? `${quote(name)} is not a pattern: "*" must be the whole value and means every name` : undefined
}

function pathFault(path: string): string | undefined {
  if (!path.startsWith('/') && path !== '*') return `${quote(path)} is not a path: a path begins with "/"`
  return path.slice(0, -1).includes('*') ? `${quote(path)}: "*" may only be the last character` : undefined
}

const CHECKS: { readonly [K in (typeof LISTS)[number]]: (word: string, match: Match) => string | undefined } = {
  verbs: verbFault,
  apiGroups: groupFault,
  resources: resourceFault,
  subresources: (word) => (word === '' ? undefined : resourceFault(word)),
  namespaces: (word) =>
    word === '*' || NAMESPACE.test(word) ? undefined : `${quote(word)} is not the name of a namespace; "*" must be the whole value and means all`,
  names: nameFault,
  nonResourceURLs: pathFault,
}

/** Values of a rule that no request can have, so that the rule never matches as intended. Independent of what the cluster serves. */
export function matchFaults(match: Match): readonly MatchFault[] {
  return LISTS.flatMap((field) => {
    const words = match[field]
    if (words === undefined) return []
    if (words.length === 0) return [{ field, message: 'an empty list matches nothing: omit the field, or add a value' }]
    return words.flatMap((word, index) => {
      const message = CHECKS[field](word, match)
      return message === undefined ? [] : [{ field: `${field}[${index}]`, message }]
    })
  })
}

const inGroups = (groups: readonly string[] | undefined, group: string): boolean =>
  groups === undefined || groups.includes('*') || groups.includes(group)

function named({ resources }: Discovered, word: string): Discovered['resources'] {
  return resources.filter(({ resource, singular, shortNames, kind }) => {
    if (resource.includes('/')) return false
    return singular === word || shortNames.includes(word) || kind.toLowerCase() === word
  })
}

const qualifiedName = ({ group, resource }: Discovered['resources'][number]): string => (group === '' ? resource : `${resource}.${group}`)

/** `certain`: the value is another name of a resource that the cluster serves. Otherwise the cluster may serve it later. */
export type ServedFault = MatchFault & { readonly certain: boolean }

function resourceServedFault(discovered: Discovered, word: string, { apiGroups }: Match): Omit<ServedFault, 'field'> | undefined {
  const isPlural = discovered.resources.some(({ resource, group }) => resource === word && inGroups(apiGroups, group))
  const unknown = [...discovered.unknownGroups].some((group) => inGroups(apiGroups, group))
  if (isPlural || word === '*') return undefined
  const meant = named(discovered, word).filter(({ group }) => inGroups(apiGroups, group))
  const [first] = meant
  if (first !== undefined) return { certain: !unknown, message: `${quote(word)} is not the plural name of a resource: use ${quote(first.resource)}` }
  if (unknown) return undefined
  const elsewhere = discovered.resources.filter(({ resource }) => resource === word)
  const hint = elsewhere.length === 0 ? '' : `; it serves ${elsewhere.map(qualifiedName).join(', ')}`
  const groups = apiGroups === undefined ? 'any group' : apiGroups.map((group) => (group === '' ? 'the core group' : quote(group))).join(' or ')
  return { certain: false, message: `the cluster serves no ${quote(word)} in ${groups} now, so the rule does not match${hint}` }
}

function subresourceServedFault(discovered: Discovered, word: string, match: Match): Omit<ServedFault, 'field'> | undefined {
  if (word === '' || word === '*') return undefined
  const served = discovered.resources.some(({ resource, group }) => {
    const [plural = '', below] = resource.split('/')
    return below === word && inGroups(match.apiGroups, group) && inGroups(match.resources, plural)
  })
  if (served || [...discovered.unknownGroups].some((group) => inGroups(match.apiGroups, group))) return undefined
  return { certain: false, message: `none of its resources has the subresource ${quote(word)} now` }
}

/** Resources and subresources that a rule names and the cluster does not serve. */
export function unservedFaults(discovered: Discovered, match: Match): readonly ServedFault[] {
  const of = (field: 'resources' | 'subresources', check: typeof resourceServedFault): readonly ServedFault[] =>
    (match[field] ?? []).flatMap((word, index) => {
      const fault = check(discovered, word, match)
      return fault === undefined ? [] : [{ field: `${field}[${index}]`, ...fault }]
    })
  return [...of('resources', resourceServedFault), ...of('subresources', subresourceServedFault)]
}
