import { StatusError } from '../../../domain/status-error.ts'
import type { Manager, Managers } from '../../fields/managers.ts'
import { WriteConflict, type JsonObject } from '../../storage/port.ts'
import type { ObjectChange, Kind, KubeObject, Subresource } from '../kind.ts'
import { managersOf, trackUpdate, withManagers } from './manage-fields.ts'
import { nextMetadata } from '../metadata.ts'
import { checkObject, checkShape, toValue } from '../object.ts'
import { readObject, type Read } from './read-object.ts'
import { jsonEqual } from './json-equal.ts'
import { conflict, fieldError } from './write-errors.ts'
import { getObject, type WriteDependencies, type WriteRequest, type Written } from './write-request.ts'

type Next = { readonly body: JsonObject; readonly managers?: Managers }
/**
 * How the new object is produced. A replace is the whole object, and a conflict ends it. The others are computed from the stored object, and computed
 * again after a conflict, up to `retries` times. Only an apply returns managers.
 */
export type Update =
  | { readonly verb: 'replace'; readonly body: JsonObject }
  | { readonly verb: 'patch' | 'apply' | 'connect'; readonly next: (old: KubeObject) => Next; readonly retries: number }
export type UpdateRequest = WriteRequest & { readonly name: string; readonly subresource: Subresource | undefined }

/** Stores a change. If nothing changed, no version is used and watchers receive no event. */
export async function storeChange(
  target: { readonly deps: WriteDependencies; readonly kind: Kind },
  old: KubeObject,
  change: ObjectChange,
): Promise<KubeObject> {
  const { deps, kind } = target
  const { name } = old.metadata
  const value = toValue(change.object)
  const gone = old.metadata.deletionTimestamp !== undefined && (change.object.metadata.finalizers ?? []).length === 0
  const also = change.also ?? []
  if (jsonEqual(value, toValue(old)) && also.length === 0 && !gone) return old
  const expected = Number(old.metadata.resourceVersion)
  const version = await deps.store.commit([{ resource: kind.resource, name, expected, value: gone ? null : value }, ...also])
  return { ...change.object, metadata: { ...change.object.metadata, resourceVersion: String(version) } }
}

function checkIdentity(kind: Kind, { name, uid = '' }: KubeObject['metadata'], old: KubeObject): void {
  if (name !== old.metadata.name)
    throw new StatusError('BadRequest', `the name of the object (${name}) does not match the name on the URL (${old.metadata.name})`)
  if (uid !== '' && uid !== old.metadata.uid)
    throw conflict(kind, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`)
}

/** Refuses a body whose name, uid or resourceVersion differs from the stored object, or a replace without resourceVersion. */
function checkPreconditions(kind: Kind, given: KubeObject, stored: { readonly old: KubeObject; readonly replaces: boolean }): void {
  const { old, replaces } = stored
  const { resourceVersion = '' } = given.metadata
  checkIdentity(kind, given.metadata, old)
  if (replaces && resourceVersion === '') {
    const message = 'Invalid value: 0: must be specified for an update'
    throw fieldError(kind, old.metadata.name, { reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', message })
  }
  if (resourceVersion !== '' && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, old.metadata.name)
}

async function changed({ kind, subresource, context }: UpdateRequest, given: KubeObject, old: KubeObject): Promise<ObjectChange> {
  if (subresource !== undefined) return subresource.apply(given, old, context)
  const { status: _, ...withoutStatus } = given
  const next: KubeObject = {
    ...withoutStatus,
    metadata: nextMetadata(given.metadata, old.metadata, !jsonEqual(given.spec, old.spec)),
    ...(old.status === undefined ? {} : { status: old.status }),
  }
  return { object: await kind.strategy.update(next, old, context) }
}

function checkFinalizers(kind: Kind, next: KubeObject, old: KubeObject): void {
  if (old.metadata.deletionTimestamp === undefined) return
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => old.metadata.finalizers?.includes(finalizer) !== true)
  if (added.length === 0) return
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers [${added.map((one) => `"${one}"`).join(', ')}]`
  throw fieldError(kind, old.metadata.name, { reason: 'FieldValueForbidden', field: 'metadata.finalizers', message })
}

function tracked(
  request: UpdateRequest,
  change: ObjectChange,
  write: { readonly old: KubeObject; readonly read: Read; readonly managers: Managers | undefined },
): KubeObject {
  const { kind, subresource, options, context } = request
  const { old, read, managers } = write
  if (managers !== undefined) return withManagers(change.object, { managers, before: managersOf(old), nowMs: context.nowMs })
  const by: Manager = { manager: options.fieldManager, operation: 'Update', subresource: subresource?.name ?? '' }
  return trackUpdate({ kind, by, before: old, after: change.object, sent: read.managedFields, nowMs: context.nowMs })
}

async function attempt(request: UpdateRequest, update: Update, old: KubeObject): Promise<Written> {
  const { kind, options } = request
  const { body, managers }: Next = update.verb === 'replace' ? update : update.next(old)
  const read = readObject(kind, body, options.fieldValidation)
  checkPreconditions(kind, read.object, { old, replaces: update.verb === 'replace' })
  checkShape(kind, read.object, request.subresource === undefined ? 'spec' : 'status')
  const change = await changed(request, read.object, old)
  checkObject(kind, change.object, old)
  checkFinalizers(kind, change.object, old)
  const object = tracked(request, change, { old, read, managers })
  if (options.dryRun) return { object: { ...object, metadata: { ...object.metadata, ...versionOf(old) } }, warnings: read.warnings }
  return { object: await storeChange(request, old, { ...change, object }), warnings: read.warnings }
}

const versionOf = ({ metadata }: KubeObject): { readonly resourceVersion?: string } =>
  metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }

/** How often a replace is computed again because another object changed that is written with it, such as the grant that it extends. */
const OTHER_RETRIES = 5

/** The object for which the caller was checked; undefined when nothing is checked before the first attempt. */
async function checkOnce({ deps, kind, name, subresource, context }: UpdateRequest): Promise<KubeObject | undefined> {
  if (subresource?.checkOnce === undefined) return undefined
  const object = await getObject(deps, kind, name)
  await subresource.checkOnce(object, context)
  return object
}

/**
 * A PUT, PATCH or apply of an object or one of its subresources. A patch or apply is computed again after a conflict, up to `retries` times.
 */
export async function updateObject(request: UpdateRequest, update: Update): Promise<Written> {
  const checked = await checkOnce(request)
  for (let count = 0; ; count += 1) {
    const old = await getObject(request.deps, request.kind, request.name)
    if (checked !== undefined && checked.metadata.uid !== old.metadata.uid) throw conflict(request.kind, request.name)
    try {
      return await attempt(request, update, old)
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error
      // Each attempt compares the object with its precondition again.
      const own = update.verb === 'replace' ? 0 : update.retries
      if (count >= (error.resource === request.kind.resource ? own : Math.max(own, OTHER_RETRIES))) throw conflict(request.kind, request.name)
    }
  }
}
