import { createHash } from 'node:crypto'
import { withoutNoise, type Shown } from './show-object.ts'

/** JSON with sorted keys, so that two servers that order them differently mean the same. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}

/** Hex SHA-256 over parts, each with its length before it so that they cannot run into each other. */
export function hashOf(parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('hex')
}

/** Who owns which fields decides what an apply removes. When it was does not, nor do owners of a status that stays as it is. */
function ownersIn(object: Shown, withStatus: boolean): readonly unknown[] {
  const { managedFields } = (object['metadata'] ?? {}) as { readonly managedFields?: unknown }
  if (!Array.isArray(managedFields)) return []
  return (managedFields as readonly Shown[])
    .filter(({ subresource }) => withStatus || subresource !== 'status')
    .map((owner) => ({ ...owner, time: undefined }))
}

/** All of an object that decides what an operation on it does. */
export const contentOf = (object: Shown, withStatus: boolean): string =>
  canonical({ object: withoutNoise(object, withStatus), owners: ownersIn(object, withStatus) })

/** What an operation leaves: without who owns it, which holds the time of the try. */
export const resultOf = (object: Shown, withStatus: boolean): string => canonical(withoutNoise(object, withStatus))
