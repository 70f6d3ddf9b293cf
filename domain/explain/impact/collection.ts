import type { ResourceLocation } from './locations.ts'
import { pathOf } from './locations.ts'
import { named } from './around-pods.ts'
import { formatUnreadable, type ImpactReader } from './impact-reader.ts'
import { counted } from './workload.ts'

type List = {
  readonly metadata?: { readonly remainingItemCount?: number; readonly continue?: string }
  readonly items?: readonly { readonly metadata: { readonly name?: string } }[]
}

/** Kinds that a deleted namespace takes with it, by what people miss most. Others are deleted too. */
const IN_A_NAMESPACE = [
  'pods',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'services',
  'persistentvolumeclaims',
  'secrets',
  'configmaps',
] as const

/** What a selector, or a request for every name, matches now. Secrets are counted without reading them. */
export async function collectionImpact(reader: ImpactReader, place: ResourceLocation): Promise<readonly string[]> {
  const path = pathOf(place)
  if (path === undefined) return ['not examined: the version of this kind is not known']
  if (place.resource === 'secrets') {
    if (place.namespace === '' || Object.keys(place.selectors).length > 0) return ['not examined: Secrets are not read']
    const count = await reader.count('secrets', place.namespace)
    return [count.is === 'there' ? `matches ${count.value} now` : formatUnreadable(count)]
  }
  const list = await reader.read<List>(`${path}?${new URLSearchParams({ ...place.selectors, limit: '500' }).toString()}`, { metadataOnly: true })
  if (list.is !== 'there') return [formatUnreadable(list)]
  const names = (list.value.items ?? []).map(({ metadata }) => metadata.name ?? '?')
  return [`matches ${counted(list.value)} now${names.length === 0 ? '' : `: ${named(names)}`}`]
}

/** What the deletion of a namespace deletes with it: counts by kind. */
export async function namespaceImpact(reader: ImpactReader, name: string): Promise<readonly string[]> {
  const counts = await Promise.all(IN_A_NAMESPACE.map(async (kind) => [kind, await reader.count(kind, name)] as const))
  const found = counts.flatMap(([kind, count]) => (count.is === 'there' && count.value > 0 ? [`${count.value} ${kind}`] : []))
  const unread = counts.flatMap(([kind, count]) => (count.is === 'there' ? [] : [`${kind} ${formatUnreadable(count)}`]))
  return [`everything in it is deleted: ${found.length === 0 ? 'none of the usual kinds' : found.join(', ')}, and objects of other kinds`, ...unread]
}
