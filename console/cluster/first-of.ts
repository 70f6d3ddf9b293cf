/**
 * Keeps the first of many objects in an order, without holding the others in memory: an agent can file many requests, and each has a text of its own.
 * @param most how many are kept
 */
export function createFirstOf<T>(
  most: number,
  order: (left: T, right: T) => number,
): { add(objects: readonly T[]): void; kept(): readonly T[]; left(): number } {
  let kept: readonly T[] = []
  let count = 0
  return {
    add: (objects) => {
      count += objects.length
      kept = [...kept, ...objects].toSorted(order).slice(0, most)
    },
    kept: () => kept,
    left: () => count - kept.length,
  }
}
