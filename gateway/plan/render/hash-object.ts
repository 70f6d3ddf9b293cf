import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../domain/canonical-json.ts'
import { isObject } from '../../../domain/is-object.ts'
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

/** Stands for a value that differs between two results, such as a generated name. No object holds it: its key is empty. */
const DIFFERS = { '': 'differs' }

function inBoth(one: unknown, other: unknown): unknown {
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length ? one.map((each: unknown, at) => inBoth(each, other[at])) : DIFFERS
  if (!isObject(one) || !isObject(other)) return one === other ? one : DIFFERS
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  return Object.fromEntries(keys.map((key) => [key, inBoth(one[key], other[key])]))
}

/**
 * The object after an operation, as far as two dry runs of the operation agree on it. Without field owners: they contain the time of the dry run.
 * Undefined without a dry run.
 */
export function agreedOf([first, second = first]: readonly Shown[], withStatus: boolean): string | undefined {
  if (first === undefined || second === undefined) return undefined
  return canonicalJson(inBoth(withoutNoise(first, withStatus), withoutNoise(second, withStatus)))
}
