/** Objects that wait to be sorted. */
const BATCH = 500

/**
 * Keeps the first of many objects in an order, without holding the others in memory: an agent can file many requests, and each has a text of its own.
 * @param most how many are kept
 */
export function createFirstOf<T>(
  most: number,
  order: (left: T, right: T) => number,
): { add(objects: readonly T[]): void; kept(): readonly T[]; left(): number } {
  let first: readonly T[] = []
  let batch: T[] = []
  let count = 0
  const kept = (): readonly T[] => {
    first = [...first, ...batch].toSorted(order).slice(0, most)
    batch = []
    return first
  }
  return {
    add: (objects) => {
      count += objects.length
      batch.push(...objects)
      if (batch.length >= BATCH) kept()
    },
    kept,
    left: () => count - Math.min(count, most),
  }
}
