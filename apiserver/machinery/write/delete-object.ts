import { timestamp } from '../../../domain/api/object-meta.ts'
import type { Identity } from '../../../domain/identity.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { WriteConflict } from '../../storage/port.ts'
import type { DeleteOptions } from './delete-options.ts'
import type { Kind, KubeObject } from '../kind.ts'
import { storeChange } from './update-object.ts'
import { conflict } from './write-errors.ts'
import { getObject, RETRIES, type WriteDependencies } from './write-request.ts'

const FINALIZER_OF = { Background: undefined, Foreground: 'foregroundDeletion', Orphan: 'orphan' } as const

type Target = { readonly deps: WriteDependencies; readonly kind: Kind; readonly user: Identity; readonly auditID: string }
export type Deleted = { readonly object: KubeObject; readonly removed: boolean }

function checkPreconditions(kind: Kind, { preconditions }: DeleteOptions, { metadata }: KubeObject): void {
  const { uid, resourceVersion } = preconditions
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(kind, metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid ?? ''}`)
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) throw conflict(kind, metadata.name)
}

/** The object with `deletionTimestamp` and finalizers set, or unchanged if they are set already. */
function marked(old: KubeObject, finalizers: readonly string[], nowMs: number): KubeObject {
  const { metadata } = old
  const already = metadata.deletionTimestamp
  if (already !== undefined && finalizers.length === metadata.finalizers?.length) return old
  const generation = (metadata.generation ?? 1) + (already === undefined ? 1 : 0)
  return { ...old, metadata: { ...metadata, finalizers, generation, deletionTimestamp: already ?? timestamp(nowMs), deletionGracePeriodSeconds: 0 } }
}

async function attempt({ deps, kind, user, auditID }: Target, old: KubeObject, options: DeleteOptions): Promise<Deleted> {
  checkPreconditions(kind, options, old)
  const context = { user, nowMs: deps.clock.nowMs(), dryRun: options.dryRun, auditID }
  await kind.strategy.remove?.(old, context)
  // These writes were already made when `deletionTimestamp` was set.
  const also = old.metadata.deletionTimestamp === undefined ? (kind.strategy.removed?.(old, context) ?? []) : []
  const wanted = FINALIZER_OF[options.propagation]
  const finalizers = [...new Set([...(old.metadata.finalizers ?? []), ...(wanted === undefined ? [] : [wanted])])]
  const { name } = old.metadata
  if (finalizers.length > 0) {
    const object = marked(old, finalizers, deps.clock.nowMs())
    return { object: options.dryRun ? object : await storeChange({ deps, kind }, old, { object, also }), removed: false }
  }
  const removal = { resource: kind.resource, name, expected: Number(old.metadata.resourceVersion), value: null }
  if (!options.dryRun) await deps.store.commit([removal, ...also])
  return { object: old, removed: true }
}

/** Deletes an object, or sets its `deletionTimestamp` if it has finalizers. `removed`: whether it is deleted now. */
export async function deleteObject(target: Target, name: string, options: DeleteOptions): Promise<Deleted> {
  for (let count = 0; ; count += 1) {
    const old = await getObject(target.deps, target.kind, name)
    try {
      return await attempt(target, old, options)
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error
      if (count >= RETRIES) throw conflict(target.kind, name)
    }
  }
}

/** Deletes objects one by one. Skips missing ones, stops at any other error. Returns the deleted ones. */
export async function deleteObjects(target: Target, objects: readonly KubeObject[], options: DeleteOptions): Promise<readonly KubeObject[]> {
  const gone: KubeObject[] = []
  for (const { metadata } of objects) {
    try {
      gone.push((await deleteObject(target, metadata.name, options)).object)
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'NotFound') throw error
    }
  }
  return gone
}
