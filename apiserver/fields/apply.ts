import { API_VERSION } from '../../domain/api/names.ts'
import type { Schema } from '../../domain/api/schema.ts'
import type { StatusCause } from '../../domain/status-error.ts'
import type { Json } from '../storage/port.ts'
import { compare, fieldsOf, type Difference } from './compare-fields.ts'
import { common, isEmpty, minus, NONE, pathsOf, union, unionOf } from './field-set.ts'
import { managerKey, type Manager, type Managers, type Owned } from './managers.ts'
import { merge, prune } from './merge.ts'

/** An apply would change fields that other managers own. `causes` name them as meta/v1 does. */
export class ApplyConflict extends Error {
  readonly causes: readonly StatusCause[]

  constructor(causes: readonly StatusCause[]) {
    const list = causes.map(({ message, field = '' }) => `${message}: ${field}`)
    super(`Apply failed with ${causes.length} conflict${causes.length === 1 ? '' : 's'}: ${list.join('; ')}`)
    this.causes = causes
  }
}

/** The managers after an update: `by` becomes the only owner of the written fields, and removed fields lose their owners. */
export function managersAfterUpdate(managers: Managers, by: Manager, { written, removed }: Difference): Managers {
  const key = managerKey(by)
  const others = [...managers]
    .filter(([one]) => one !== key)
    .map(([one, owned]): [string, Owned] => [one, { ...owned, set: minus(minus(owned.set, written), removed) }])
  const own = union(minus(managers.get(key)?.set ?? NONE, removed), written)
  return new Map([...others, [key, { ...by, set: own, time: '' }]])
}

export type Application = {
  readonly schema: Schema
  readonly live: Json
  readonly config: Json
  readonly managers: Managers
  readonly by: Manager
  /** Takes ownership of conflicting fields from other managers. */
  readonly force: boolean
}

function conflictsOf(others: Managers, written: Difference['written']): readonly StatusCause[] {
  return [...others.values()].flatMap(({ manager, set }) =>
    pathsOf(common(set, written)).map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${manager}" using ${API_VERSION}`,
      field,
    })),
  )
}

/**
 * Server-side apply of one version: structured-merge-diff's merge/update.go. The manager owns the applied fields. Fields that it applied
 * before, no longer applies and no other manager owns are removed.
 * @throws ApplyConflict when other managers own fields that would change and `force` is not set
 */
export function applyConfig({ schema, live, config, managers, by, force }: Application): { readonly object: Json; readonly managers: Managers } {
  const key = managerKey(by)
  const own = fieldsOf(schema, config)
  const others = new Map([...managers].filter(([one]) => one !== key))
  const owned = unionOf([own, ...[...others.values()].map(({ set }) => set)])
  const object = prune(schema, merge(schema, live, config), { last: managers.get(key)?.set ?? NONE, owned })
  const { written, removed } = compare(schema, live, object)
  const causes = conflictsOf(others, written)
  if (causes.length > 0 && !force) throw new ApplyConflict(causes)
  const left = [...others].map(([one, each]): [string, Owned] => [one, { ...each, set: minus(minus(each.set, written), removed) }])
  return { object, managers: new Map<string, Owned>([...left.filter(([, { set }]) => !isEmpty(set)), [key, { ...by, set: own, time: '' }]]) }
}
