import type { AccessRequest } from '../../api/access-request.ts'
import { collectionImpact, namespaceImpact } from './collection.ts'
import { placeName, placesTouched, type ResourceLocation } from './locations.ts'
import type { ImpactReader } from './impact-reader.ts'
import { isWorkload, workloadImpact } from './workload.ts'

/** Objects of a request that are examined. */
const MAX_PLACES = 4

/** What is known of one object or collection that a request touches. The words are unescaped. */
export type Impact = { readonly place: string; readonly lines: readonly string[] }

const deletesNamespace = ({ group, resource, name, verbs }: ResourceLocation): boolean =>
  group === '' && resource === 'namespaces' && name !== '' && (verbs.includes('delete') || verbs.includes('*'))

async function examine(reader: ImpactReader, place: ResourceLocation): Promise<readonly string[]> {
  if (deletesNamespace(place)) return await namespaceImpact(reader, place.name)
  if (isWorkload(place)) return await workloadImpact(reader, place)
  return place.name === '' ? await collectionImpact(reader, place) : []
}

/**
 * What the request would touch, as the cluster is now and as far as the reader may read it. What is not read says so. Changes nothing. Empty when the
 * request only reads, or creates a new object. `more`: places that are not examined.
 */
export async function impactOf(
  reader: ImpactReader,
  request: Pick<AccessRequest, 'spec'>,
): Promise<{ readonly impacts: readonly Impact[]; readonly more: number }> {
  const places = placesTouched(request)
  const examined = places.slice(0, MAX_PLACES)
  const found = await Promise.all(examined.map(async (place) => ({ place: placeName(place), lines: await examine(reader, place) })))
  return { impacts: found.filter(({ lines }) => lines.length > 0), more: places.length - examined.length }
}
