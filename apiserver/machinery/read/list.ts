import { setImmediate } from 'node:timers/promises'
import { nameInFieldSelector } from '../../../domain/selectors/field-selector.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { VersionExpired, VersionTooLarge, type StoredPage, type Store } from '../../storage/port.ts'
import type { Kind, KubeObject, Visibility } from '../kind.ts'
import { fromEntry } from '../object.ts'
import type { ListMeta } from './encode.ts'
import type { ListQuery } from './list-query.ts'
import { queryMatches } from './selectors.ts'
import { SEES_ALL } from './visibility.ts'

type Token = { readonly v: number; readonly after: string }

export const expired = (): StatusError => new StatusError('Expired', 'The resourceVersion for the provided list or watch is too old.')

export const tooLarge = (asked: number, current: number): StatusError =>
  new StatusError('Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
  })

/** Converts the store's version errors into the Status that clients expect. Other errors are returned as they are. */
export function versionError(error: unknown, asked: number): unknown {
  if (error instanceof VersionExpired) return expired()
  if (error instanceof VersionTooLarge) return tooLarge(asked, error.current)
  return error
}

function readToken(text: string): Token {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Token
    if (Number.isSafeInteger(token.v) && typeof token.after === 'string') return token
  } catch {
    // malformed: refused below
  }
  throw new StatusError('BadRequest', 'continue key is not valid')
}

const writeToken = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url')

/** The requested snapshot, and the name in it to continue after. */
type Place = { readonly at?: number; readonly after?: string }

function placeOf({ continueToken, resourceVersion, resourceVersionMatch }: ListQuery): Place {
  if (continueToken !== '') {
    const { v, after } = readToken(continueToken)
    return { at: v, after }
  }
  return resourceVersionMatch === 'Exact' ? { at: Number(resourceVersion) } : {}
}

/** Maximum stored bytes of a page. A list without a limit is also split there, with a continue token. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024
/** Size of one read from the store, in entries and bytes. Other requests are served between two reads. */
const READ = { most: 500, least: 50, maxBytes: 256 * 1024 }

/** `rest`: number of remaining objects in the store, whether they match or not. */
type Found = { readonly objects: readonly KubeObject[]; readonly version: number; readonly more?: { readonly after: string; readonly rest: number } }

/** A kind as one caller sees it. `nowMs`: the time at which phases count. `pageBytes`: maximum stored bytes of a page. Optional. Defaults to 2 MiB. */
export type Collection = {
  readonly store: Store
  readonly kind: Kind
  readonly visibility: Visibility
  readonly nowMs: number
  readonly pageBytes?: number
}
type Wanted = { readonly place: Place; readonly limit: number; readonly matches: (object: KubeObject) => boolean | Promise<boolean> }

const readSize = (limit: number, found: number): number => (limit > 0 ? Math.min(READ.most, Math.max(READ.least, limit - found + 1)) : READ.most)

/** The visible and matching objects of a page, each with its size in bytes and the number of entries left from it on. */
async function* seenIn(
  page: StoredPage,
  visibility: Visibility,
  matches: Wanted['matches'],
): AsyncGenerator<{ object: KubeObject; size: number; rest: number }> {
  for (const [index, entry] of page.entries.entries()) {
    const object = fromEntry(entry)
    if (!(await matches(object)) || !(await visibility.sees(object))) continue
    yield { object, size: page.sizes[index] ?? 0, rest: page.remaining + page.entries.length - index }
  }
}

/**
 * Collects objects until the page is full. `more` is only set when another visible object was found, so that neither the count nor the
 * continue token reveals anything about invisible objects.
 */
async function collect({ store, kind, visibility, pageBytes = MAX_PAGE_BYTES }: Collection, { place, limit, matches }: Wanted): Promise<Found> {
  const objects: KubeObject[] = []
  const where = visibility.where === undefined ? {} : { where: visibility.where }
  let bytes = 0
  // What a read has beyond the page is read again for the next page.
  const maxBytes = Math.min(READ.maxBytes, pageBytes / 4)
  for (let from = place; ;) {
    const page = await store.list(kind.resource, { ...from, ...where, limit: readSize(limit, objects.length), maxBytes })
    for await (const { object, size, rest } of seenIn(page, visibility, matches)) {
      bytes += size
      const last = objects.at(-1)
      if (last !== undefined && (objects.length === limit || bytes > pageBytes))
        return { objects, version: page.version, more: { after: last.metadata.name, rest } }
      objects.push(object)
    }
    if (page.after === undefined) return { objects, version: page.version }
    from = { at: page.version, after: page.after }
    await setImmediate()
  }
}

/** The object of this name, if it is visible and matches. A held operation lists its request by name, however many requests there are. */
async function findOne({ store, kind, visibility }: Collection, name: string, matches: Wanted['matches']): Promise<Found> {
  const version = await store.current()
  const entry = await store.get(kind.resource, name)
  if (entry === undefined) return { objects: [], version }
  const object = fromEntry(entry)
  const isSeen = (await matches(object)) && (await visibility.sees(object))
  return { objects: isSeen ? [object] : [], version: Math.max(version, entry.version) }
}

function metadataOf({ version, more }: Found, counted: boolean): ListMeta {
  if (more === undefined) return { resourceVersion: String(version) }
  return {
    resourceVersion: String(version),
    continue: writeToken({ v: version, after: more.after }),
    ...(counted ? { remainingItemCount: more.rest } : {}),
  }
}

export type Listed = { readonly objects: readonly KubeObject[]; readonly metadata: ListMeta }

/** One page of the objects that a caller may see. All pages of a list show the same snapshot. */
export async function listObjects(collection: Collection, query: ListQuery): Promise<Listed> {
  const { store, kind, visibility, nowMs } = collection
  const selected = queryMatches(query, kind)
  const place = placeOf(query)
  const asked = Number(query.resourceVersion)
  const current = await store.current()
  if (asked > current) throw tooLarge(asked, current)
  // The number of matches is unknown without reading all objects. Upstream omits the count then, too.
  const counted = query.labelSelector === '' && query.fieldSelector === '' && (visibility === SEES_ALL || visibility.where !== undefined)
  try {
    const matches: Wanted['matches'] = (object) => selected(object, nowMs)
    const name = place.at === undefined ? nameInFieldSelector(query.fieldSelector) : ''
    const found = name === '' ? await collect(collection, { place, limit: query.limit, matches }) : await findOne(collection, name, matches)
    return { objects: found.objects, metadata: metadataOf(found, counted) }
  } catch (error) {
    throw versionError(error, place.at ?? 0)
  }
}

/** All pages of a list, one after the other. */
export async function* listPages(collection: Collection, query: ListQuery): AsyncGenerator<Listed> {
  for (let page = query; ;) {
    const listed = await listObjects(collection, page)
    yield listed
    if (listed.metadata.continue === undefined) return
    page = { ...query, continueToken: listed.metadata.continue, resourceVersion: '', resourceVersionMatch: '' }
  }
}
