import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { namespacesOf } from '../../../domain/approval/may-certify.ts'
import { byAge, isPending, placeOf, type Place } from '../../../domain/approval/place.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { listRequests } from './list-requests.ts'
import { createMayCertify } from './may-certify.ts'
import { policyPath } from '../../kubectl/paths.ts'
import { readSelf } from '../../kubectl/self-subject.ts'
import type { IO } from '../../terminal/io.ts'

/** Pending requests, as one caller sees them. A request of others that the caller is not known to be allowed to decide is in none of the lists. */
export type InboxLists = {
  /** Requests that wait for the caller's decision, oldest first. */
  readonly mine: readonly AccessRequest[]
  /** The caller's own requests, which they may not decide. */
  readonly own: readonly AccessRequest[]
  /** Requests that the caller approved and that need another approver. */
  readonly reviewed: readonly AccessRequest[]
  /** Requests that the caller may deny, but whose approval by the caller would not count: other groups are missing. */
  readonly others: readonly AccessRequest[]
  readonly resourceVersion: string
}

/** Returns the list that a request belongs to; undefined: none. */
export type Sort = (request: AccessRequest) => Promise<Place | undefined>

/** Looks up who the caller is and what they may certify. Caches each answer. */
export async function createSort(io: IO, namespace: string | undefined): Promise<Sort> {
  const self = await readSelf(io.kubectl)
  const mayCertify = createMayCertify(io.kubectl)
  return async (request) => {
    if (namespace !== undefined && !namespacesOf(request).includes(namespace)) return undefined
    return await placeOf(request, self, { nowMs: io.clock.nowMs(), mayCertify })
  }
}

/** Reads who the caller is while it reads the list. */
export async function readInbox(io: IO, namespace: string | undefined): Promise<InboxLists> {
  const [sort, list] = await Promise.all([
    createSort(io, namespace),
    // Decided requests are retained for days, so they are dropped page by page to save memory.
    listRequests(io, (request) => isPending(request, io.clock.nowMs())),
  ])
  const oldestFirst = list.items.toSorted(byAge)
  const places = await Promise.all(oldestFirst.map(sort))
  const at = (place: Awaited<ReturnType<Sort>>): readonly AccessRequest[] => oldestFirst.filter((_, index) => places[index] === place)
  return { mine: at('mine'), own: at('own'), reviewed: at('reviewed'), others: at('others'), resourceVersion: list.resourceVersion }
}

/** Reads policies by name, each once. Undefined when the caller may not read the policy or it does not exist. */
export function createPolicies(io: IO): (name: string | undefined) => Promise<AccessPolicy | undefined> {
  const known = new Map<string, Promise<AccessPolicy | undefined>>()
  return async (name) => {
    if (name === undefined) return undefined
    const answer =
      known.get(name) ??
      io.kubectl.get<AccessPolicy>(policyPath(name)).catch((error: unknown) => {
        if (error instanceof KubectlError) return undefined
        throw error
      })
    known.set(name, answer)
    return await answer
  }
}
