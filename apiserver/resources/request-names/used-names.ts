import { randomUUID } from 'node:crypto'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { StoredEntry, Store, Write } from '../../storage/port.ts'

/**
 * Store resource for the names of deleted requests, not a kind of the API. Each deletion is an entry of its own, so that writing it never conflicts. Its
 * number is bounded by the requests that a requester may make in an hour.
 */
export const USED_NAMES = 'requestnames'

/** How long a name stays known. An approver that saw the earlier request decides within this time. */
const KEPT_MS = 86_400_000

/** Object names have no slash. */
const prefixOf = (name: string): string => `${name}/`

/** The write that remembers the name of a deleted request. */
export const rememberName = (name: string, nowMs: number): Write => ({
  resource: USED_NAMES,
  name: `${prefixOf(name)}${randomUUID()}`,
  expected: 0,
  value: { atMs: nowMs },
})

/** Whether the name of a deleted request is forgotten. One in the future is not: the clock may have been set back. */
export const isForgotten = ({ value }: Pick<StoredEntry, 'value'>, nowMs: number): boolean => !(Number(value['atMs']) > nowMs - KEPT_MS)

/**
 * The same for the removal of a request that ended a while ago. Its requester chose the name, and could make the server remove it early by filling its
 * bytes, while an approver has it in mind.
 */
export const rememberEnded = (name: string, endedMs: number, nowMs: number): readonly Write[] =>
  isForgotten({ value: { atMs: endedMs } }, nowMs) ? [] : [rememberName(name, endedMs)]

/** Whether a request of this name was deleted lately, so that somebody may mean that one by the name. */
export async function isUsedName(store: Store, name: string, nowMs: number): Promise<boolean> {
  const prefix = prefixOf(name)
  for (let after: string | undefined = prefix; after !== undefined;) {
    const page: Awaited<ReturnType<Store['list']>> = await store.list(USED_NAMES, { after, limit: 50 })
    const own = page.entries.filter((entry) => entry.name.startsWith(prefix))
    if (own.some((entry) => !isForgotten(entry, nowMs))) return true
    after = own.length < page.entries.length ? undefined : page.after
  }
  return false
}

/**
 * The new request, marked when its name is a used one. Called last before the request is stored: an earlier request of this name can be deleted while the
 * rights of the requester are looked up. One that is still there may be deleted by a commit before that of the new request, which fails otherwise.
 */
export async function markReused(request: AccessRequest, nowMs: number, store: Store): Promise<AccessRequest> {
  const { name } = request.metadata
  const isThere = (await store.get('accessrequests', name)) !== undefined
  if (!isThere && !(await isUsedName(store, name, nowMs))) return request
  return { ...request, status: { ...request.status, nameReused: true } }
}
