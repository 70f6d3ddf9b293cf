import { StatusError } from '../../domain/status-error.ts'
import { VersionExpired, VersionTooLarge, type Page, type Store } from '../storage/port.ts'
import type { Kind, KubeObject } from './kind.ts'
import { fromEntry } from './object.ts'
import type { ListMeta } from './present.ts'
import type { ListQuery } from './list-query.ts'
import { fieldSelector, labelSelector } from './selectors.ts'

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

function metadataOf({ version, after, remaining }: Page, selecting: boolean): ListMeta {
  if (after === undefined) return { resourceVersion: String(version) }
  // How many match is not known without looking at all of them: upstream leaves the count out then, too.
  const count = selecting ? {} : { remainingItemCount: remaining }
  return { resourceVersion: String(version), continue: writeToken({ v: version, after }), ...count }
}

/**
 * A page of a collection. Every page of one list shows the same snapshot; selectors are applied after it, so a page may hold
 * fewer objects than its limit and still go on.
 */
export async function listObjects(
  store: Store,
  kind: Kind,
  query: ListQuery,
): Promise<{ readonly objects: readonly KubeObject[]; readonly metadata: ListMeta }> {
  const matchesLabels = labelSelector(query.labelSelector)
  const matchesFields = fieldSelector(query.fieldSelector, kind)
  const place = placeOf(query)
  const asked = Number(query.resourceVersion)
  const current = await store.current()
  if (asked > current) throw tooLarge(asked, current)
  try {
    const page = await store.list(kind.resource, { limit: query.limit, ...place })
    const objects = page.entries.map(fromEntry).filter((object) => matchesLabels(object) && matchesFields(object))
    return { objects, metadata: metadataOf(page, query.labelSelector !== '' || query.fieldSelector !== '') }
  } catch (error) {
    throw versionError(error, place.at ?? 0)
  }
}
