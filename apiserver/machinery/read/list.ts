import { setImmediate } from 'node:timers/promises'
import { StatusError } from '../../../domain/status-error.ts'
import { VersionExpired, VersionTooLarge, type Page, type Store } from '../../storage/port.ts'
import type { Kind, KubeObject, Visibility } from '../kind.ts'
import { fromEntry } from '../object.ts'
import type { ListMeta } from './encode.ts'
import type { ListQuery } from './list-query.ts'
import { fieldSelector, labelSelector } from './selectors.ts'
import { SEES_ALL } from './visibility.ts'

type Token = { readonly v: number; readonly after: string }

export const expired = (): StatusError => new StatusError('Expired', 'The resourceVersion for the provided list or watch is too old.')

export const tooLarge = (asked: number, current: number): StatusError =>
  new StatusError('Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
  })

/** Turns what the store says of a version into the Status that clients know. */
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
    // falls through: what it holds does not matter
  }
  throw new StatusError('BadRequest', 'continue key is not valid')
}

const writeToken = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url')

/** The snapshot that is asked for, and where in it to go on. */
type Place = { readonly at?: number; readonly after?: string }

function placeOf({ continueToken, resourceVersion, resourceVersionMatch }: ListQuery): Place {
  if (continueToken !== '') {
    const { v, after } = readToken(continueToken)
    return { at: v, after }
  }
  return resourceVersionMatch === 'Exact' ? { at: Number(resourceVersion) } : {}
}

/** Bytes of the objects of a page, as they are stored. A list without a limit ends there too and says how it goes on. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024
/** What is read at once: between two reads others are served. */
const READ = { most: 500, least: 50, maxBytes: 256 * 1024 }

/** `rest`: how many objects of the store are left, whether they match or not. */
type Found = { readonly objects: readonly KubeObject[]; readonly version: number; readonly more?: { readonly after: string; readonly rest: number } }

/** A kind as one caller sees it. */
export type Collection = { readonly store: Store; readonly kind: Kind; readonly visibility: Visibility }
type Wanted = { readonly place: Place; readonly limit: number; readonly matches: (object: KubeObject) => boolean }

const readSize = (limit: number, found: number): number => (limit > 0 ? Math.min(READ.most, Math.max(READ.least, limit - found + 1)) : READ.most)

/** What of a page of the store the caller sees and asks for, with the bytes of each and how many entries are left from it on. */
async function* seenIn(
  page: Page,
  visibility: Visibility,
  matches: Wanted['matches'],
): AsyncGenerator<{ object: KubeObject; size: number; rest: number }> {
  for (const [index, entry] of page.entries.entries()) {
    const object = fromEntry(entry)
    if (!matches(object) || !(await visibility.sees(object))) continue
    yield { object, size: page.sizes[index] ?? 0, rest: page.remaining + page.entries.length - index }
  }
}

/**
 * Objects until the page is full. There is more only when another one was found that the caller sees, so neither the count nor the
 * name to go on after tells anything of those that it does not.
 */
async function collect({ store, kind, visibility }: Collection, { place, limit, matches }: Wanted): Promise<Found> {
  const objects: KubeObject[] = []
  const where = visibility.where === undefined ? {} : { where: visibility.where }
  let bytes = 0
  for (let from = place; ;) {
    const page = await store.list(kind.resource, { ...from, ...where, limit: readSize(limit, objects.length), maxBytes: READ.maxBytes })
    for await (const { object, size, rest } of seenIn(page, visibility, matches)) {
      bytes += size
      const last = objects.at(-1)
      if (last !== undefined && (objects.length === limit || bytes > MAX_PAGE_BYTES))
        return { objects, version: page.version, more: { after: last.metadata.name, rest } }
      objects.push(object)
    }
    if (page.after === undefined) return { objects, version: page.version }
    from = { at: page.version, after: page.after }
    await setImmediate()
  }
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

/** A page of what a caller sees of a collection. Every page of one list shows the same snapshot. */
export async function listObjects(collection: Collection, query: ListQuery): Promise<Listed> {
  const { store, kind, visibility } = collection
  const matchesLabels = labelSelector(query.labelSelector)
  const matchesFields = fieldSelector(query.fieldSelector, kind)
  const place = placeOf(query)
  const asked = Number(query.resourceVersion)
  const current = await store.current()
  if (asked > current) throw tooLarge(asked, current)
  // How many match is not known without looking at all of them: upstream leaves the count out then, too.
  const counted = query.labelSelector === '' && query.fieldSelector === '' && (visibility === SEES_ALL || visibility.where !== undefined)
  try {
    const matches = (object: KubeObject): boolean => matchesLabels(object) && matchesFields(object)
    const found = await collect(collection, { place, limit: query.limit, matches })
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
