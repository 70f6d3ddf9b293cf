import { StatusError } from '../../../domain/status-error.ts'
import type { Manager } from '../../fields/managers.ts'
import { WriteConflict, type JsonObject } from '../../storage/port.ts'
import type { Creation, Kind, KubeObject } from '../kind.ts'
import { scopeOf, trackFirstApply, trackUpdate } from './manage-fields.ts'
import { newMetadata } from '../metadata.ts'
import { checkObject, toValue } from '../object.ts'
import { readObject, type Read } from './read-object.ts'
import { tooManyAtOnce } from '../turns.ts'
import { alreadyExists } from './write-errors.ts'
import type { WriteRequest, Written } from './write-request.ts'

/** The new object with managedFields. An apply owns only the fields that were sent, not the ones that the server filled in. */
function tracked(kind: Kind, made: { readonly read: Read; readonly object: KubeObject }, by: Manager & { readonly nowMs: number }): KubeObject {
  const { nowMs, ...manager } = by
  const { read, object } = made
  if (manager.operation === 'Apply')
    return trackFirstApply({ kind, by: manager, after: object, config: withoutEmpty(scopeOf(read.object, '')), nowMs })
  return trackUpdate({ kind, by: manager, after: object, sent: undefined, nowMs })
}

/** The configuration without empty parts. */
export function withoutEmpty(config: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => Object.keys(value as object).length > 0))
}

/** Creates an object when it is the caller's turn. */
export function createObject(request: WriteRequest, body: JsonObject, operation: Manager['operation'] = 'Update'): Promise<Written> {
  const { kind, context } = request
  const work = (): Promise<Written> => create(request, body, operation)
  return kind.strategy.inTurn?.(context, work) ?? work()
}

async function create(request: WriteRequest, body: JsonObject, operation: Manager['operation']): Promise<Written> {
  const { deps, kind, context, options } = request
  const read = readObject(kind, body, options.fieldValidation)
  const { status: _, ...draft } = read.object
  if ((draft.metadata.resourceVersion ?? '') !== '') throw new StatusError('BadRequest', 'resourceVersion should not be set on objects to be created')
  checkObject(kind, draft)
  const made = await kind.strategy.create({ ...draft, metadata: newMetadata(draft.metadata, context.nowMs) }, context)
  checkObject(kind, made)
  const object = tracked(kind, { read, object: made }, { manager: options.fieldManager, operation, subresource: '', nowMs: context.nowMs })
  const { name } = object.metadata
  if (options.dryRun) {
    const tried = await creationOf(request, object)
    if ((await deps.store.get(kind.resource, name)) !== undefined) throw alreadyExists(kind, name)
    return { object: tried.object, warnings: read.warnings }
  }
  return { object: await commitNew(request, object), warnings: read.warnings }
}

/** The new object as it is stored, with what is committed together with it. */
const creationOf = async ({ kind: { strategy }, context }: WriteRequest, object: KubeObject): Promise<Creation> =>
  (await strategy.alongside?.(object, context)) ?? { object }

/** Maximum attempts when the writes alongside conflict. Each conflict means that another request succeeded. */
const MAX_TRIES = 20

async function commitNew(request: WriteRequest, given: KubeObject): Promise<KubeObject> {
  const { deps, kind } = request
  const { name } = given.metadata
  for (let count = 1; ; count += 1) {
    const { object, also = [], committed } = await creationOf(request, given)
    try {
      const version = await deps.store.commit([{ resource: kind.resource, name, expected: 0, value: toValue(object) }, ...also])
      committed?.()
      return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error
      if (error.resource === kind.resource) throw alreadyExists(kind, name)
      if (count >= MAX_TRIES) throw tooManyAtOnce()
    }
  }
}
