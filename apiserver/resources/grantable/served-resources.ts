import type { AskedResource } from '../../../domain/classify/operations-of.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import type { Discovered, ServedResource } from '../../../domain/served-resource.ts'

const withGroup = (group: string, resource: string): string => resource.replace(/^[^/]*/, (plural) => (group === '' ? plural : `${plural}.${group}`))

/** The served resources that match. For a subresource that discovery does not list, returns its parent with unknown verbs (an empty list). */
export function servedAs({ resources }: Discovered, { apiGroup, resource }: Omit<AskedResource, 'verb'>): readonly ServedResource[] {
  const [plural] = resource.split('/')
  const exact = resources.filter((one) => one.group === apiGroup && one.resource === resource)
  return exact.length > 0 ? exact : resources.filter((one) => one.group === apiGroup && one.resource === plural).map((one) => ({ ...one, verbs: [] }))
}

/** Whether the cluster serves the verb on the resource. Undefined if discovery of its group failed. */
export function isServed(discovered: Discovered, asked: AskedResource): boolean | undefined {
  const found = servedAs(discovered, asked)
  if (found.length === 0) return discovered.unknownGroups.has(asked.apiGroup) ? undefined : false
  return found.some(({ verbs }) => verbs.length === 0 || verbs.includes(asked.verb))
}

/** Message about the first resource of a rule that the cluster does not serve; undefined if all may be served. */
export function notServed(discovered: Discovered, { apiGroups = [''], resources }: AccessRule): string | undefined {
  const missing = resources.find((resource) =>
    apiGroups.every((apiGroup) => !discovered.unknownGroups.has(apiGroup) && servedAs(discovered, { apiGroup, resource }).length === 0),
  )
  if (missing === undefined) return undefined
  const [plural = ''] = missing.split('/')
  const meant = discovered.resources.filter((one) => one.resource === plural || one.singular === plural || one.shortNames.includes(plural))
  const hint = meant.length === 0 ? '' : `; it serves ${[...new Set(meant.map(({ group, resource }) => withGroup(group, resource)))].join(', ')}`
  const groups = apiGroups.map((group) => (group === '' ? 'the core group' : `"${group}"`)).join(', ')
  return `the cluster serves no resource "${missing}" in ${groups}${hint}`
}

/** Whether a resource is namespaced. Undefined if unknown. */
export function isNamespaced(discovered: Discovered, asked: Omit<AskedResource, 'verb'>): boolean | undefined {
  const scopes = new Set(servedAs(discovered, asked).map(({ namespaced }) => namespaced))
  return scopes.size === 1 ? scopes.values().next().value : undefined
}
