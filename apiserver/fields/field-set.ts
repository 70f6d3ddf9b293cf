import type { Json, JsonObject } from '../storage/port.ts'
import { isObject } from '../../domain/is-object.ts'

/**
 * A set of fields as a trie of path elements: `f:name`, `k:{"type":"Ready"}`, `v:"item"`. `member`: the path that ends here is itself in
 * the set. The wire format is FieldsV1 of meta/v1.
 */
export type FieldSet = { readonly member: boolean; readonly children: ReadonlyMap<string, FieldSet> }

export const NONE: FieldSet = { member: false, children: new Map() }
export const LEAF: FieldSet = { member: true, children: new Map() }

export const isEmpty = ({ member, children }: FieldSet): boolean => !member && children.size === 0

/** Builds a set in canonical form: empty children are dropped and keys sorted, so that equal sets have the same structure. */
export function fieldSet(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  return { member, children: new Map([...children].filter(([, child]) => !isEmpty(child)).sort(([a], [b]) => (a < b ? -1 : 1))) }
}

type Combine = (left: FieldSet, right: FieldSet) => FieldSet

const at = (set: FieldSet, key: string): FieldSet => set.children.get(key) ?? NONE

export const union: Combine = (left, right) => unionOf([left, right])

/** Looks only at what is in the first set: the second may be the same large one for each of many small ones. */
export const minus: Combine = (left, right) =>
  isEmpty(right)
    ? left
    : fieldSet(
        left.member && !right.member,
        [...left.children].map(([key, child]): [string, FieldSet] => [key, minus(child, at(right, key))]),
      )

export const common: Combine = (left, right) =>
  fieldSet(
    left.member && right.member,
    [...left.children].map(([key, child]): [string, FieldSet] => [key, common(child, at(right, key))]),
  )

/** The union of any number of sets. One after the other would look at the first once for each of the others. */
export function unionOf(sets: readonly FieldSet[]): FieldSet {
  const [only, ...more] = sets
  if (only !== undefined && more.length === 0) return only
  const children = new Map<string, FieldSet[]>()
  for (const [key, child] of sets.flatMap((set) => [...set.children])) {
    const same = children.get(key)
    if (same === undefined) children.set(key, [child])
    else same.push(child)
  }
  return fieldSet(
    sets.some(({ member }) => member),
    [...children].map(([key, same]): [string, FieldSet] => [key, unionOf(same)]),
  )
}

export function toFieldsV1(set: FieldSet): JsonObject {
  return Object.fromEntries(
    [...set.children].map(([key, child]): [string, Json] => [
      key,
      child.children.size === 0 ? {} : { ...(child.member ? { '.': {} } : {}), ...toFieldsV1(child) },
    ]),
  )
}

/** Reads FieldsV1. @throws TypeError for anything else */
export function fromFieldsV1(json: Json | undefined): FieldSet {
  if (!isObject(json)) throw new TypeError('fieldsV1 is not an object')
  const { '.': self, ...rest } = json
  const children = Object.entries(rest).map(([key, value]): [string, FieldSet] => {
    if (!/^[fkvi]:/.test(key)) throw new TypeError('fieldsV1 contains a key that is not a path element')
    return [key, isObject(value) && Object.keys(value).length === 0 ? LEAF : fromFieldsV1(value)]
  })
  return fieldSet(self !== undefined, children)
}

/** The paths of a set as conflict messages show them: `.spec.rules`, `.status.conditions[type="Ready"]`. */
export function pathsOf(set: FieldSet, path = ''): readonly string[] {
  const below = [...set.children].flatMap(([key, child]) => pathsOf(child, path + elementText(key)))
  return set.member && below.length === 0 ? [path] : below
}

function elementText(element: string): string {
  const text = element.slice(2)
  if (element.startsWith('f:')) return `.${text}`
  if (element.startsWith('v:')) return `[=${text}]`
  const keys = JSON.parse(text) as JsonObject
  return `[${Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',')}]`
}
