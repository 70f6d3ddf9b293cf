import type { ServerResponse } from 'node:http'
import { GROUP } from '../../../domain/api/names.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { negotiate } from './accept.ts'
import { decodeObject, readBody } from './body.ts'
import { deleteObject, deleteObjects } from '../write/delete-object.ts'
import { deleteOptions, type DeleteOptions } from '../write/delete-options.ts'
import type { Kind, KubeObject } from '../kind.ts'
import { listObjects, listPages, type Collection } from '../read/list.ts'
import { allCompleted, completed } from '../read/completed-objects.ts'
import { encode, includeObject, shapeList, shapeObject, type Shaping } from '../read/encode.ts'
import { listQuery } from '../read/list-query.ts'
import { serveCreate, servePatch, serveUpdate, type Answered } from '../write/serve-write.ts'
import type { Serving } from './request-context.ts'
import { visibleStore, visibilityOf } from '../read/visibility.ts'
import { serveWatch } from '../read/watch.ts'
import { getObject } from '../write/write-request.ts'

const MAX_WARNINGS = 16

/** Sets the RFC 7234 warning header. Quotes are escaped, and characters outside printable ASCII replaced. */
export function warn(response: ServerResponse, warnings: readonly string[]): void {
  const lines = [...new Set(warnings)].slice(0, MAX_WARNINGS).map(
    (text) =>
      `299 - "${text
        .slice(0, 256)
        .replaceAll(/["\\]/g, '\\$&')
        .replaceAll(/[^\x20-\x7e]/g, '?')}"`,
  )
  if (lines.length > 0) response.setHeader('warning', lines)
}

function answer({ response }: Serving, { format }: Shaping, body: { readonly code: number; readonly value: object }): void {
  response.writeHead(body.code, { 'content-type': format.media, 'cache-control': 'no-cache, private' }).end(encode(body.value, format))
}

const collectionOf = ({ deps, route, visibility, nowMs }: Serving): Collection => ({ store: deps.store, kind: route.kind, visibility, nowMs })

async function serveGet({ deps, route: { kind, name, subresource }, user }: Serving, shaping: Shaping): Promise<object> {
  const object = await completed(shaping, await getObject(deps, kind, name))
  const read = subresource?.read
  if (read === undefined) return shapeObject(shaping, object)
  await read.check(object, { user })
  return shapeObject({ ...shaping, kind: { ...kind, strategy: { ...kind.strategy, present: read.present } } }, object)
}

async function serveList(serving: Serving, shaping: Shaping): Promise<object> {
  const { objects, metadata } = await listObjects(collectionOf(serving), listQuery(serving.url.searchParams))
  return shapeList(shaping, await allCompleted(shaping, objects), metadata)
}

function deletedStatus(kind: Kind, { metadata: { name, uid } }: KubeObject): object {
  const details = { name, group: GROUP, kind: kind.resource, ...(uid === undefined ? {} : { uid }) }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}

async function readDeleteOptions({ request, url }: Serving): Promise<DeleteOptions> {
  const raw = await readBody(request)
  return deleteOptions(raw.length === 0 ? {} : decodeObject(raw, request.headers['content-type']), url.searchParams)
}

async function serveDelete(serving: Serving, shaping: Shaping): Promise<object> {
  const { deps, route, user, auditID } = serving
  const { object, removed } = await deleteObject({ deps, kind: route.kind, user, auditID }, route.name, await readDeleteOptions(serving))
  return removed ? deletedStatus(route.kind, object) : shapeObject(shaping, object)
}

async function serveDeleteCollection(serving: Serving, shaping: Shaping): Promise<object> {
  const { deps, route, url, user, auditID } = serving
  const options = await readDeleteOptions(serving)
  const query = listQuery(url.searchParams)
  const gone: KubeObject[] = []
  let resourceVersion = ''
  for await (const { objects, metadata } of listPages(collectionOf(serving), query)) {
    const deleted = await deleteObjects({ deps, kind: route.kind, user, auditID }, objects, options)
    // The response only lists the first page of deleted objects, since a collection may not fit into one response.
    if (gone.length === 0) gone.push(...deleted)
    ;({ resourceVersion } = metadata)
    if (query.limit > 0) break
  }
  return shapeList(shaping, gone, { resourceVersion })
}

const READS: { readonly [verb: string]: (serving: Serving, shaping: Shaping) => Promise<object> } = {
  get: serveGet,
  list: serveList,
  delete: serveDelete,
  deletecollection: serveDeleteCollection,
}
const WRITES: { readonly [verb: string]: (serving: Serving) => Promise<Answered> } = {
  create: serveCreate,
  update: serveUpdate,
  patch: servePatch,
}

/** Serves one authenticated and authorized request for a resource. */
export async function serveResource(given: Omit<Serving, 'visibility'>): Promise<void> {
  const { route, request, response, url, nowMs, user } = given
  const visibility = await visibilityOf(route.kind, user)
  const checksCaller = route.verb !== 'get' && route.subresource?.checksCaller === true
  const deps = checksCaller ? given.deps : { ...given.deps, store: visibleStore(given.deps.store, route.kind, visibility) }
  const serving: Serving = { ...given, deps, visibility }
  const format = negotiate(request.headers.accept)
  const shaping: Shaping = { kind: route.kind, format, include: includeObject(url.searchParams), nowMs }
  if (route.verb === 'watch') {
    const query = listQuery(url.searchParams)
    const watching = {
      store: deps.store,
      shaping,
      query,
      visibility,
      currentVisibility: () => visibilityOf(route.kind, user),
      nowMs: () => deps.clock.nowMs(),
    }
    return serveWatch(response, watching, serving.stopping)
  }
  const read = READS[route.verb]
  if (read !== undefined) {
    const work = async (): Promise<void> => answer(serving, shaping, { code: 200, value: await read(serving, shaping) })
    return route.verb === 'list' ? serving.lists.take(user.username, work) : work()
  }
  const write = WRITES[route.verb]
  if (write === undefined) throw new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource')
  const { code, object, warnings } = await write(serving)
  warn(response, warnings)
  answer(serving, shaping, { code, value: shapeObject(shaping, object) })
}
