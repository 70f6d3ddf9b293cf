import { API_VERSION } from '../../domain/api/names.ts'
import { jsonEqual } from '../machinery/write/json-equal.ts'
import type { Json, JsonObject } from '../storage/port.ts'
import { fromFieldsV1, isEmpty, toFieldsV1, unionOf, type FieldSet } from './field-set.ts'

/** A field manager, as in an entry of metadata.managedFields. */
export type Manager = {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  /** Empty for the main resource. */
  readonly subresource: string
}
export type Owned = Manager & { readonly set: FieldSet; readonly time: string }
export type Managers = ReadonlyMap<string, Owned>

/** Maximum number of update managers. Older ones are merged into `ancient-changes`, as upstream. */
const UPDATERS_LIMIT = 10
const ANCIENT = 'ancient-changes'

export const managerKey = ({ manager, operation, subresource }: Manager): string => JSON.stringify([operation, manager, subresource])

function readEntry(entry: JsonObject): Owned {
  const { manager, operation, subresource = '', time = '', fieldsType } = entry
  if (typeof manager !== 'string' || typeof subresource !== 'string' || typeof time !== 'string')
    throw new TypeError('a managedFields entry is malformed')
  if ((operation !== 'Apply' && operation !== 'Update') || fieldsType !== 'FieldsV1') throw new TypeError('a managedFields entry is malformed')
  return { manager, operation, subresource, time, set: fromFieldsV1(entry['fieldsV1']) }
}

/** Reads managedFields; undefined when they are malformed. Upstream then keeps the stored ones. */
export function readManagers(entries: unknown): Managers | undefined {
  if (!Array.isArray(entries)) return undefined
  try {
    return new Map((entries as readonly JsonObject[]).map(readEntry).map((owned): [string, Owned] => [managerKey(owned), owned]))
  } catch {
    return undefined
  }
}

/** `[]` and `[{}]` reset managedFields. */
export const isReset = (entries: Json | undefined): boolean => jsonEqual(entries, []) || jsonEqual(entries, [{}])

const order = (left: Owned, right: Owned): number => {
  const [a, b] = [left, right].map(({ operation, time, manager, subresource }) => [operation, time, manager, subresource].join('\0')) as [
    string,
    string,
  ]
  return a < b ? -1 : 1
}

function foldOldest(owners: readonly Owned[]): readonly Owned[] {
  const updaters = owners.filter(({ operation }) => operation === 'Update')
  const old = updaters.slice(0, Math.max(0, updaters.length - UPDATERS_LIMIT + 1))
  const [first] = old
  if (updaters.length <= UPDATERS_LIMIT || first === undefined) return owners
  const folded = new Set(old)
  const set = unionOf(old.map((owned) => owned.set))
  return [{ ...first, manager: ANCIENT, set, time: old.at(-1)?.time ?? first.time }, ...owners.filter((owned) => !folded.has(owned))]
}

/** Writes managedFields. The time of an entry changes only when its fields do, so that a write without changes stays a no-op. */
export function writeManagers(managers: Managers, before: Managers, time: string): readonly JsonObject[] {
  const owners = [...managers]
    .filter(([, { set }]) => !isEmpty(set))
    .map(([key, owned]): Owned => {
      const old = before.get(key)
      return { ...owned, time: old !== undefined && jsonEqual(toFieldsV1(old.set), toFieldsV1(owned.set)) ? old.time : time }
    })
    .sort(order)
  return foldOldest(owners).map(({ manager, operation, subresource, set, time: at }) => ({
    manager,
    operation,
    apiVersion: API_VERSION,
    time: at,
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(set),
    ...(subresource === '' ? {} : { subresource }),
  }))
}
