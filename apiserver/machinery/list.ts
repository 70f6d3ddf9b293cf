import { StatusError } from '../../domain/status-error.ts'
import { VersionExpired, VersionTooLarge, type Store } from '../storage/port.ts'
import type { Kind, KubeObject } from './kind.ts'
import { fromEntry } from './object.ts'
import type { ListMeta } from './present.ts'
import type { ListQuery } from './query.ts'
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
  const token = query.continueToken === '' ? undefined : readToken(query.continueToken)
  const asked = Number(query.resourceVersion === '' ? 0 : query.resourceVersion)
  const current = await store.current()
  if (asked > current) throw tooLarge(asked, current)
  const at = token?.v ?? (query.resourceVersionMatch === 'Exact' ? asked : undefined)
  try {
    const page = await store.list(kind.resource, {
      limit: query.limit,
      ...(token === undefined ? {} : { after: token.after }),
      ...(at === undefined ? {} : { at }),
    })
    const selecting = query.labelSelector !== '' || query.fieldSelector !== ''
    return {
      objects: page.entries.map(fromEntry).filter((object) => matchesLabels(object) && matchesFields(object)),
      metadata: {
        resourceVersion: String(page.version),
        ...(page.after === undefined
          ? {}
          : { continue: writeToken({ v: page.version, after: page.after }), ...(selecting ? {} : { remainingItemCount: page.remaining }) }),
      },
    }
  } catch (error) {
    throw versionError(error, at ?? 0)
  }
}
