import type { AccessRequest } from '../../domain/api/access-request.ts'
import { block } from '../terminal/block.ts'
import { cut, oneLine } from '../terminal/untrusted.ts'
import type { IO } from '../terminal/io.ts'
import { collectionImpact, namespaceImpact } from './collection.ts'
import { placeName, placesTouched, type Place } from './places.ts'
import { createReader, type Reader } from './reader.ts'
import { isWorkload, workloadImpact } from './workload.ts'

/** Objects of a request that are examined. */
const MAX_PLACES = 4
const LONGEST = 300

const deletesNamespace = ({ group, resource, name, verbs }: Place): boolean =>
  group === '' && resource === 'namespaces' && name !== '' && (verbs.includes('delete') || verbs.includes('*'))

async function examine(reader: Reader, place: Place): Promise<readonly string[]> {
  if (deletesNamespace(place)) return await namespaceImpact(reader, place.name)
  if (isWorkload(place)) return await workloadImpact(reader, place)
  return place.name === '' ? await collectionImpact(reader, place) : []
}

/**
 * What the request would touch, as the cluster is now and as far as the caller may read it. Bounded in places, reads and time; what is not read says
 * so. Changes nothing. Empty when the request only reads, or creates a new object.
 */
export async function impactOf(io: Pick<IO, 'kubectl' | 'clock'>, request: AccessRequest): Promise<readonly string[]> {
  const places = placesTouched(request)
  const reader = createReader(io)
  const examined = places.slice(0, MAX_PLACES)
  const found = await Promise.all(examined.map((place) => examine(reader, place)))
  const lines = examined.flatMap((place, index) => {
    const said = found[index] ?? []
    return said.length === 0 ? [] : [oneLine(placeName(place)), ...said.map((line) => `  ${cut(line, LONGEST)}`)]
  })
  const more = places.length - examined.length
  if (lines.length > 0 && more > 0) lines.push(`and ${more} more, which ${more === 1 ? 'is' : 'are'} not examined`)
  return block('What it touches now (read with your rights):', lines)
}
