import { APPLY_PATCH, applyPatchOf } from './patch.ts'
import { mediaType } from '../../../domain/media-type.ts'
import { isObject } from '../../../domain/is-object.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { JsonObject } from '../../storage/port.ts'
import { applyObject } from './apply-object.ts'
import { decode, decodeApply, decodeObject, isJsonApply, readBody } from '../http/body.ts'
import { duplicateFields } from '../http/duplicate-fields.ts'
import { createObject } from './create-object.ts'
import type { RequestContext, KubeObject, Subresource } from '../kind.ts'
import { toValue } from '../object.ts'
import { strictError } from './read-object.ts'
import { applyForce, writeOptions, type WriteOptions } from '../http/query.ts'
import type { Serving } from '../http/request-context.ts'
import { updateObject, type Update, type UpdateRequest } from './update-object.ts'
import { RETRIES, type Written } from './write-request.ts'

/** Claims are retried until the grant has ended: each conflict means that another claim succeeded. So is a PUT that adds to any version. */
const CLAIM_RETRIES = 1000

export type Answered = Written & { readonly code: 200 | 201 }

function writeRequest({ deps, route, user, nowMs, auditID }: Serving, options: WriteOptions): UpdateRequest {
  const { kind, name, subresource } = route
  return { deps, kind, name, subresource, options, context: { user, nowMs, auditID, dryRun: options.dryRun, warnings: [] } }
}

/** The result with the warnings of the strategy. */
const warned = ({ context }: UpdateRequest, written: Written): Written => ({
  ...written,
  warnings: [...written.warnings, ...(context.warnings ?? [])],
})

function optionsOf({ url, request }: Serving, kind: string): WriteOptions {
  return writeOptions(url.searchParams, kind, request.headers['user-agent'] ?? '')
}

/**
 * A POST to a subresource, such as a claim. The body has the subresource's own kind, and the subresource reads it.
 * @throws StatusError BadRequest for a body of another kind
 */
function postTo(request: UpdateRequest, own: Subresource, body: JsonObject): Promise<Written> {
  const kind = own.kind ?? request.kind.kind
  if ((body['kind'] ?? kind) !== kind) throw new StatusError('BadRequest', `the kind in the data does not match the expected kind (${kind})`)
  const spec = body['spec'] ?? {}
  if (typeof spec !== 'object' || Array.isArray(spec)) throw new StatusError('BadRequest', 'spec: an object is expected')
  const carried: Subresource = {
    ...own,
    apply: (_: KubeObject, old: KubeObject, context: RequestContext) =>
      own.apply({ apiVersion: old.apiVersion, kind, metadata: { name: request.name }, spec: spec as JsonObject }, old, context),
  }
  return updateObject({ ...request, subresource: carried }, { verb: 'connect', next: (old) => ({ body: toValue(old) }), retries: CLAIM_RETRIES })
}

/** Warns of fields that a JSON body has twice, of which the last counts. @throws StatusError BadRequest if `fieldValidation` is Strict */
function checkDuplicates(text: Buffer, { kind, options, context }: UpdateRequest): void {
  if (options.fieldValidation === 'Ignore') return
  const twice = duplicateFields(text.toString('utf8')).map((field) => `duplicate field "${field}"`)
  if (twice.length > 0 && options.fieldValidation === 'Strict') throw strictError(kind, twice)
  context.warnings?.push(...twice)
}

async function bodyOf({ request }: Serving, writing: UpdateRequest): Promise<JsonObject> {
  const raw = await readBody(request)
  const type = request.headers['content-type']
  const body = decodeObject(raw, type)
  if (!mediaType(type).endsWith('yaml')) checkDuplicates(raw, writing)
  return body
}

export async function serveCreate(serving: Serving): Promise<Answered> {
  const request = writeRequest(serving, optionsOf(serving, 'CreateOptions'))
  const body = await bodyOf(serving, request)
  const made = request.subresource === undefined ? createObject(request, body) : postTo(request, request.subresource, body)
  return { ...warned(request, await made), code: 201 }
}

/** Whether a PUT has no resourceVersion where none is needed. */
function addsToAny({ subresource }: UpdateRequest, { metadata }: JsonObject): boolean {
  if (subresource?.unconditional !== true) return false
  return !isObject(metadata) || (metadata['resourceVersion'] ?? '') === ''
}

export async function serveUpdate(serving: Serving): Promise<Answered> {
  const request = writeRequest(serving, optionsOf(serving, 'UpdateOptions'))
  const body = await bodyOf(serving, request)
  const update: Update = addsToAny(request, body) ? { verb: 'connect', next: () => ({ body }), retries: CLAIM_RETRIES } : { verb: 'replace', body }
  return { ...warned(request, await updateObject(request, update)), code: 200 }
}

const withVersion = (old: KubeObject): JsonObject => ({ ...toValue(old), metadata: old.metadata as unknown as JsonObject })

export async function servePatch(serving: Serving): Promise<Answered> {
  const request = writeRequest(serving, optionsOf(serving, 'PatchOptions'))
  const type = mediaType(serving.request.headers['content-type'])
  const force = applyForce(serving.url.searchParams, type === APPLY_PATCH)
  const raw = await readBody(serving.request)
  if (type === APPLY_PATCH) {
    const config = decodeApply(raw)
    if (isJsonApply(raw)) checkDuplicates(raw, request)
    const { created, ...written } = await applyObject({ ...request, force, mayCreate: serving.mayCreate }, config)
    return { ...warned(request, written), code: created ? 201 : 200 }
  }
  const sent = decode(raw, 'application/json')
  checkDuplicates(raw, request)
  const patch = (old: KubeObject): JsonObject => applyPatchOf(type, withVersion(old), sent)
  return { ...warned(request, await updateObject(request, { verb: 'patch', next: (old) => ({ body: patch(old) }), retries: RETRIES })), code: 200 }
}
