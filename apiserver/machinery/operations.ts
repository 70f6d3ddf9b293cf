import type { Clock } from '../../domain/clock.ts'
import { GROUP } from '../../domain/names.ts'
import { StatusError } from '../../domain/status-error.ts'
import { WriteConflict, type Json, type JsonObject, type Store } from '../storage/port.ts'
import type { Change, Context, Kind, KubeObject, Subresource } from './kind.ts'
import { newMetadata, nextMetadata, timestamp } from './metadata.ts'
import { checkObject, fromEntry, readObject, same, toValue } from './object.ts'
import type { WriteOptions } from './query.ts'

export type Doors = { readonly store: Store; readonly clock: Clock }
/** A write: the object as it is now, and what to warn the client of. */
export type Written = { readonly object: KubeObject; readonly warnings: readonly string[] }
/** How an update comes to its object: a whole new one, or a patch of the stored one. */
export type Update = { readonly next: (old: KubeObject) => JsonObject; readonly retry: boolean }

const RETRIES = 5

export const notFound = (kind: Kind, name: string): StatusError =>
  new StatusError('NotFound', `${kind.resource}.${GROUP} "${name}" not found`, { details: { name, group: GROUP, kind: kind.resource } })

export const conflict = (
  kind: Kind,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): StatusError =>
  new StatusError('Conflict', `Operation cannot be fulfilled on ${kind.resource}.${GROUP} "${name}": ${why}`, {
    details: { name, group: GROUP, kind: kind.resource },
  })

export async function getObject(doors: Doors, kind: Kind, name: string): Promise<KubeObject> {
  const entry = await doors.store.get(kind.resource, name)
  if (entry === undefined) throw notFound(kind, name)
  return fromEntry(entry)
}

export async function createObject(
  doors: Doors,
  kind: Kind,
  body: JsonObject,
  request: { readonly context: Context; readonly options: WriteOptions },
): Promise<Written> {
  const { context, options } = request
  const { object: given, warnings } = readObject(kind, body, options.fieldValidation)
  if ((given.metadata.resourceVersion ?? '') !== '') throw new StatusError('BadRequest', 'resourceVersion should not be set on objects to be created')
  const { status: _, ...draft } = given
  checkObject(kind, draft)
  const object = await kind.strategy.create({ ...draft, metadata: newMetadata(given.metadata, context.nowMs) }, context)
  checkObject(kind, object)
  const { name } = object.metadata
  const exists = new StatusError('AlreadyExists', `${kind.resource}.${GROUP} "${name}" already exists`, {
    details: { name, group: GROUP, kind: kind.resource },
  })
  if (options.dryRun) {
    if ((await doors.store.get(kind.resource, name)) !== undefined) throw exists
    return { object, warnings }
  }
  try {
    const version = await doors.store.commit([{ resource: kind.resource, name, expected: 0, value: toValue(object) }])
    return { object: { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }, warnings }
  } catch (error) {
    if (error instanceof WriteConflict) throw exists
    throw error
  }
}

/** Stores a change unless nothing changed: then no version is spent and no watcher hears of it. */
async function store(doors: Doors, kind: Kind, old: KubeObject, change: Change): Promise<KubeObject> {
  const { name } = old.metadata
  const value = toValue(change.object)
  const gone = old.metadata.deletionTimestamp !== undefined && (change.object.metadata.finalizers ?? []).length === 0
  if (same(value, toValue(old)) && (change.also ?? []).length === 0 && !gone) return old
  const expected = Number(old.metadata.resourceVersion)
  const version = await doors.store.commit([{ resource: kind.resource, name, expected, value: gone ? null : value }, ...(change.also ?? [])])
  return { ...change.object, metadata: { ...change.object.metadata, resourceVersion: String(version) } }
}

/** Refuses a body that names another object, another uid or another version than the stored one. */
function checkPreconditions(kind: Kind, given: KubeObject, old: KubeObject, wholeObject: boolean): void {
  const { name, uid, resourceVersion = '' } = given.metadata
  if (name !== '' && name !== old.metadata.name)
    throw new StatusError('BadRequest', `the name of the object (${name}) does not match the name on the URL (${old.metadata.name})`)
  if (wholeObject && resourceVersion === '') {
    throw new StatusError(
      'Invalid',
      `${kind.resource}.${GROUP} "${old.metadata.name}" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`,
      {
        details: {
          name: old.metadata.name,
          group: GROUP,
          kind: kind.kind,
          causes: [{ reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', message: 'Invalid value: 0: must be specified for an update' }],
        },
      },
    )
  }
  if (uid !== undefined && uid !== '' && uid !== old.metadata.uid) {
    throw conflict(kind, old.metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`)
  }
  if (resourceVersion !== '' && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, old.metadata.name)
}

async function changed(kind: Kind, subresource: Subresource | undefined, given: KubeObject, old: KubeObject, context: Context): Promise<Change> {
  if (subresource !== undefined) return subresource.apply(given, old, context)
  const specChanged = !same(given.spec, old.spec)
  const next: KubeObject = {
    ...given,
    metadata: nextMetadata(given.metadata, old.metadata, specChanged),
    ...(old.status === undefined ? {} : { status: old.status }),
  }
  const { status: _, ...withoutStatus } = next
  return { object: await kind.strategy.update(old.status === undefined ? withoutStatus : next, old, context) }
}

/** A PUT or PATCH of an object or of one of its subresources. */
export async function updateObject(
  doors: Doors,
  kind: Kind,
  target: { readonly name: string; readonly subresource?: Subresource },
  request: { readonly context: Context; readonly options: WriteOptions; readonly update: Update },
): Promise<Written> {
  const { context, options, update } = request
  for (let attempt = 0; ; attempt += 1) {
    const old = await getObject(doors, kind, target.name)
    const { object: given, warnings } = readObject(kind, update.next(old), options.fieldValidation)
    checkPreconditions(kind, given, old, !update.retry)
    const change = await changed(kind, target.subresource, given, old, context)
    checkObject(kind, change.object)
    checkFinalizers(kind, change.object, old)
    if (options.dryRun) return { object: change.object, warnings }
    try {
      return { object: await store(doors, kind, old, change), warnings }
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error
      // A patch without a version is about whatever is there; upstream tries it again five times.
      if (!update.retry || attempt >= RETRIES) throw conflict(kind, target.name)
    }
  }
}

function checkFinalizers(kind: Kind, next: KubeObject, old: KubeObject): void {
  if (old.metadata.deletionTimestamp === undefined) return
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => old.metadata.finalizers?.includes(finalizer) !== true)
  if (added.length > 0) {
    const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers [${added.map((one) => `"${one}"`).join(', ')}]`
    throw new StatusError('Invalid', `${kind.kind}.${GROUP} "${old.metadata.name}" is invalid: metadata.finalizers: ${message}`, {
      details: {
        name: old.metadata.name,
        group: GROUP,
        kind: kind.kind,
        causes: [{ reason: 'FieldValueForbidden', field: 'metadata.finalizers', message }],
      },
    })
  }
}

export type DeleteOptions = {
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string }
  readonly propagation: 'Background' | 'Foreground' | 'Orphan'
  readonly dryRun: boolean
}

/** Reads DeleteOptions from the body or the query. */
export function deleteOptions(body: JsonObject, query: URLSearchParams): DeleteOptions {
  const propagation: Json = body['propagationPolicy'] ?? query.get('propagationPolicy')
  const orphan: Json = body['orphanDependents'] ?? query.get('orphanDependents')
  if (propagation !== null && orphan !== null)
    throw new StatusError(
      'Invalid',
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: orphanDependents and deletionPropagation cannot be both set',
    )
  if (propagation !== null && propagation !== 'Background' && propagation !== 'Foreground' && propagation !== 'Orphan') {
    throw new StatusError(
      'Invalid',
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: supported values: "Background", "Foreground", "Orphan"',
    )
  }
  const dryRun = [...(Array.isArray(body['dryRun']) ? body['dryRun'] : []), ...query.getAll('dryRun')]
  if (dryRun.some((value) => value !== 'All'))
    throw new StatusError('Invalid', 'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: supported values: "All"')
  const preconditions = (body['preconditions'] ?? {}) as DeleteOptions['preconditions']
  return { preconditions, propagation: propagation ?? (orphan === true || orphan === 'true' ? 'Orphan' : 'Background'), dryRun: dryRun.length > 0 }
}

const FINALIZER_OF = { Background: undefined, Foreground: 'foregroundDeletion', Orphan: 'orphan' } as const

/** Deletes an object, or marks it and waits for its finalizers. `removed` says which. */
export async function deleteObject(
  doors: Doors,
  kind: Kind,
  name: string,
  options: DeleteOptions,
): Promise<{ readonly object: KubeObject; readonly removed: boolean }> {
  for (let attempt = 0; ; attempt += 1) {
    const old = await getObject(doors, kind, name)
    const { uid, resourceVersion } = options.preconditions
    if (uid !== undefined && uid !== old.metadata.uid)
      throw conflict(kind, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`)
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, name)
    const wanted = FINALIZER_OF[options.propagation]
    const finalizers = [...new Set([...(old.metadata.finalizers ?? []), ...(wanted === undefined ? [] : [wanted])])]
    const expected = Number(old.metadata.resourceVersion)
    try {
      if (finalizers.length === 0) {
        if (!options.dryRun) await doors.store.commit([{ resource: kind.resource, name, expected, value: null }])
        return { object: old, removed: true }
      }
      if (old.metadata.deletionTimestamp !== undefined && same(finalizers, old.metadata.finalizers)) return { object: old, removed: false }
      const marked: KubeObject = {
        ...old,
        metadata: {
          ...old.metadata,
          finalizers,
          generation: (old.metadata.generation ?? 1) + 1,
          deletionTimestamp: old.metadata.deletionTimestamp ?? timestamp(doors.clock.nowMs()),
          deletionGracePeriodSeconds: 0,
        },
      }
      return { object: options.dryRun ? marked : await store(doors, kind, old, { object: marked }), removed: false }
    } catch (error) {
      if (!(error instanceof WriteConflict) || attempt >= RETRIES) throw error instanceof WriteConflict ? conflict(kind, name) : error
    }
  }
}
