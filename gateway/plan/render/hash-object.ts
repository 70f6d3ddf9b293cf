import { createHash } from 'node:crypto'
import { withoutNoise, type Shown } from './show-object.ts'

/** JSON with sorted keys, so that the order in which a server writes them does not matter. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}

/** Hex SHA-256 over parts. Each is prefixed with its length, so that different parts never hash the same input. */
export function hashOf(parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('hex')
}

/**
 * Field owners, since they decide which fields an apply removes. Without timestamps, and without owners of a status that the operation
 * cannot change.
 */
function ownersIn(object: Shown, withStatus: boolean): readonly unknown[] {
  const { managedFields } = (object['metadata'] ?? {}) as { readonly managedFields?: unknown }
  if (!Array.isArray(managedFields)) return []
  return (managedFields as readonly Shown[])
    .filter(({ subresource }) => withStatus || subresource !== 'status')
    .map((owner) => ({ ...owner, time: undefined }))
}

/** Everything in an object that affects the result of an operation on it. */
export const contentOf = (object: Shown, withStatus: boolean): string =>
  canonical({ object: withoutNoise(object, withStatus), owners: ownersIn(object, withStatus) })

/** The object after an operation, without field owners: they contain the time of the dry run. */
export const resultOf = (object: Shown, withStatus: boolean): string => canonical(withoutNoise(object, withStatus))
