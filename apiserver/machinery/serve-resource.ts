import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '../../domain/identity.ts'
import { GROUP } from '../../domain/names.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Json, JsonObject } from '../storage/port.ts'
import { negotiate } from './accept.ts'
import { decode, decodeObject, mediaTypeOf, readBody } from './body.ts'
import type { Context, Kind, KubeObject } from './kind.ts'
import { listObjects } from './list.ts'
import { createObject, deleteObject, deleteOptions, getObject, updateObject, type Doors, type Written } from './operations.ts'
import { toValue } from './object.ts'
import { applyPatchOf } from './patch.ts'
import { encode, includeObject, shapeList, shapeObject, type Shaping } from './present.ts'
import { listQuery, writeOptions } from './query.ts'
import type { Route } from './route.ts'
import { fieldSelector, labelSelector } from './selectors.ts'
import { serveWatch } from './watch.ts'

export type Serving = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly user: Identity
  readonly stopping: AbortSignal
}

/** RFC 7234 warning header: quotes and control characters cannot stand in it. */
function warn(response: ServerResponse, warnings: readonly string[]): void {
  const lines = [...new Set(warnings)].map(
    (text) =>
      `299 - "${text
        .replaceAll(/["\\]/g, '\\$&')
        .replaceAll(/[^\x20-\x7e]/g, '?')
        .slice(0, 256)}"`,
  )
  if (lines.length > 0) response.setHeader('warning', lines.slice(0, 16))
}

/** Serves one request for objects: authentication and authorization are done. */
export async function serveResource(doors: Doors, route: Route, serving: Serving): Promise<void> {
  const { request, response, url, user } = serving
  const { kind, verb, name, subresource } = route
  const nowMs = doors.clock.nowMs()
  const format = negotiate(request.headers.accept)
  const shaping: Shaping = { kind, format, include: includeObject(url.searchParams), nowMs }
  const context = (dryRun: boolean): Context => ({ user, nowMs, dryRun })
  const agent = request.headers['user-agent'] ?? ''

  const answer = (code: number, value: object): void => {
    response.writeHead(code, { 'content-type': format.media, 'cache-control': 'no-cache, private' }).end(encode(value, format))
  }
  const written = (code: number, { object, warnings }: Written): void => {
    warn(response, warnings)
    answer(code, shapeObject(shaping, object))
  }

  switch (verb) {
    case 'get':
      return answer(200, shapeObject(shaping, await getObject(doors, kind, name)))
    case 'watch':
      return serveWatch(
        response,
        { store: doors.store, shaping, query: listQuery(url.searchParams), nowMs: () => doors.clock.nowMs() },
        serving.stopping,
      )
    case 'list': {
      const { objects, metadata } = await listObjects(doors.store, kind, listQuery(url.searchParams))
      return answer(200, shapeList(shaping, objects, metadata))
    }
    case 'create': {
      const options = writeOptions(url.searchParams, 'CreateOptions', agent)
      const body = decodeObject(await readBody(request), request.headers['content-type'])
      if (subresource === undefined) return written(201, await createObject(doors, kind, body, { context: context(options.dryRun), options }))
      return written(201, await createOn(doors, route, body, { context: context(options.dryRun), options }))
    }
    case 'update': {
      const options = writeOptions(url.searchParams, 'UpdateOptions', agent)
      const body = decodeObject(await readBody(request), request.headers['content-type'])
      const target = { name, ...(subresource === undefined ? {} : { subresource }) }
      return written(
        200,
        await updateObject(doors, kind, target, { context: context(options.dryRun), options, update: { next: () => body, retry: false } }),
      )
    }
    case 'patch': {
      const options = writeOptions(url.searchParams, 'PatchOptions', agent)
      const type = mediaTypeOf(request.headers['content-type'])
      const patch = decode(await readBody(request), 'application/json')
      const target = { name, ...(subresource === undefined ? {} : { subresource }) }
      const next = (old: KubeObject): JsonObject =>
        applyPatchOf(
          type,
          { ...toValue(old), metadata: { ...(old.metadata as unknown as JsonObject), resourceVersion: versionOf(patch, old) } },
          patch,
        )
      return written(200, await updateObject(doors, kind, target, { context: context(options.dryRun), options, update: { next, retry: true } }))
    }
    case 'delete':
    case 'deletecollection': {
      const raw = await readBody(request)
      const options = deleteOptions(raw.length === 0 ? {} : decodeObject(raw, request.headers['content-type']), url.searchParams)
      if (verb === 'deletecollection') return answer(200, await deleteCollection(doors, shaping, url.searchParams, options))
      const { object, removed } = await deleteObject(doors, kind, name, options)
      return answer(200, removed ? deletedStatus(kind, object) : shapeObject(shaping, object))
    }
    default:
      throw new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource')
  }
}

/** A patch that names no version is about whatever is there: the version that it is checked against is left empty. */
function versionOf(patch: Json, old: KubeObject): string {
  const metadata = typeof patch === 'object' && patch !== null && !Array.isArray(patch) ? (patch as JsonObject)['metadata'] : undefined
  const named = typeof metadata === 'object' && metadata !== null && 'resourceVersion' in metadata
  return named ? (old.metadata.resourceVersion ?? '') : ''
}

/** A POST to a subresource, such as a claim: the body is the subresource's own kind and the strategy reads it. */
function createOn(doors: Doors, { kind, name, subresource }: Route, body: JsonObject, request: Parameters<typeof createObject>[3]): Promise<Written> {
  if (subresource === undefined) throw new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource')
  const carried = {
    ...subresource,
    apply: (_: KubeObject, old: KubeObject, context: Context) =>
      subresource.apply(
        { apiVersion: 'jit.access/v1', kind: subresource.kind ?? kind.kind, metadata: { name }, spec: (body['spec'] ?? {}) as JsonObject },
        old,
        context,
      ),
  }
  return updateObject(doors, kind, { name, subresource: carried }, { ...request, update: { next: (old) => toValue(old), retry: true } })
}

function deletedStatus(kind: Kind, object: KubeObject): object {
  const { name, uid } = object.metadata
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, group: GROUP, kind: kind.resource, ...(uid === undefined ? {} : { uid }) },
  }
}

/** Deletes what the selectors match, one by one: what vanished meanwhile is fine, what fails ends it. */
async function deleteCollection(
  doors: Doors,
  shaping: Shaping,
  search: URLSearchParams,
  options: Parameters<typeof deleteObject>[3],
): Promise<object> {
  const query = listQuery(search)
  labelSelector(query.labelSelector)
  fieldSelector(query.fieldSelector, shaping.kind)
  const { objects, metadata } = await listObjects(doors.store, shaping.kind, query)
  const gone: KubeObject[] = []
  for (const object of objects) {
    try {
      gone.push((await deleteObject(doors, shaping.kind, object.metadata.name, options)).object)
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'NotFound') throw error
    }
  }
  return shapeList(shaping, gone, { resourceVersion: metadata.resourceVersion })
}
