import { API_VERSION } from '../../../domain/api/names.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { ApplyConflict, applyConfig } from '../../fields/apply.ts'
import type { Manager } from '../../fields/managers.ts'
import type { JsonObject } from '../../storage/port.ts'
import { createObject, withoutEmpty } from './create-object.ts'
import type { KubeObject } from '../kind.ts'
import { managersOf, scopeOf, scopeSchema } from './manage-fields.ts'
import { toValue } from '../object.ts'
import { readObject, type Read } from './read-object.ts'
import { updateObject, type UpdateRequest } from './update-object.ts'
import { conflict } from './write-errors.ts'
import { RETRIES, type Written } from './write-request.ts'

export type ApplyRequest = UpdateRequest & {
  readonly force: boolean
  /** Checks that the caller may create the object, for an apply of a missing one. @throws StatusError Forbidden */
  readonly mayCreate: () => Promise<void>
}

function checkConfig({ name }: ApplyRequest, body: JsonObject, read: Read): void {
  if (read.managedFields !== undefined && read.managedFields !== null) throw new StatusError('BadRequest', 'metadata.managedFields must be nil')
  if (body['apiVersion'] !== API_VERSION)
    throw new StatusError('BadRequest', `the API version in the data does not match the expected API version (${API_VERSION})`)
  if (read.object.metadata.name !== '' && read.object.metadata.name !== name)
    throw new StatusError('BadRequest', `the name of the object (${read.object.metadata.name}) does not match the name on the URL (${name})`)
}

function merged(request: ApplyRequest, read: Read, old: KubeObject): { readonly body: JsonObject; readonly managers: ReturnType<typeof managersOf> } {
  const { kind, name, subresource, options, force } = request
  const sub = subresource?.name ?? ''
  const by: Manager = { manager: options.fieldManager, operation: 'Apply', subresource: sub }
  try {
    const { object, managers } = applyConfig({
      schema: scopeSchema(kind, sub),
      live: scopeOf(old, sub),
      config: withoutEmpty(scopeOf(read.object, sub)),
      managers: managersOf(old),
      by,
      force,
    })
    const { metadata, ...rest } = object as { readonly metadata?: JsonObject }
    const { uid, resourceVersion } = read.object.metadata
    const identity = { name, ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) }
    const kept = sub === '' ? metadata : (old.metadata as unknown as JsonObject)
    return { body: { ...toValue(old), ...rest, metadata: { ...kept, ...identity } }, managers }
  } catch (error) {
    if (!(error instanceof ApplyConflict)) throw error
    throw new StatusError('Conflict', error.message, { details: { ...conflict(kind, name).details, causes: error.causes } })
  }
}

/** Server-side apply: creates the object if it does not exist, otherwise merges the configuration into it. */
export async function applyObject(request: ApplyRequest, body: JsonObject): Promise<Written & { readonly created: boolean }> {
  const { deps, kind, name, subresource, options } = request
  const read = readObject(kind, body, options.fieldValidation)
  checkConfig(request, body, read)
  const stored = await deps.store.get(kind.resource, name)
  if (stored === undefined && subresource === undefined && kind.verbs.includes('create')) {
    if ((read.object.metadata.uid ?? '') !== '') throw conflict(kind, name, 'uid mismatch: the object does not exist')
    await request.mayCreate()
    const named = { ...body, metadata: { ...(body['metadata'] as JsonObject | undefined), name } }
    return { ...(await createObject(request, named, 'Apply')), created: true }
  }
  const { warnings } = read
  const written = await updateObject(request, { verb: 'apply', next: (old) => merged(request, read, old), retries: RETRIES })
  return { ...written, warnings: [...warnings, ...written.warnings], created: false }
}
