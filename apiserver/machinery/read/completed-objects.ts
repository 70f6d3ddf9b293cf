import type { KubeObject } from '../kind.ts'
import type { Shaping } from './encode.ts'

type Reading = Pick<Shaping, 'kind' | 'nowMs'>

/** An object with what depends on other objects. */
export const completed = async ({ kind, nowMs }: Reading, object: KubeObject): Promise<KubeObject> =>
  (await kind.strategy.complete?.(object, nowMs)) ?? object

export async function allCompleted(reading: Reading, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  if (reading.kind.strategy.complete === undefined) return objects
  const all: KubeObject[] = []
  for (const object of objects) all.push(await completed(reading, object))
  return all
}
