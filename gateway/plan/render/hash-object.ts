import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../domain/canonical-json.ts'
import { withoutNoise, type Shown } from './show-object.ts'

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
    .map((owner) => ({ ...owner, time: null }))
}

/** Everything in an object that affects the result of an operation on it. */
export const contentOf = (object: Shown, withStatus: boolean): string =>
  canonicalJson({ object: withoutNoise(object, withStatus), owners: ownersIn(object, withStatus) })

/** The object after an operation, without field owners: they contain the time of the dry run. */
export const resultOf = (object: Shown, withStatus: boolean): string => canonicalJson(withoutNoise(object, withStatus))
