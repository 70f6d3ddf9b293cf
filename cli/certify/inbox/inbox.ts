import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { wouldCount } from '../../../domain/approval/approval.ts'
import type { Identity } from '../../../domain/identity.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { listRequests } from './list-requests.ts'
import { createMayCertify, namespacesOf } from './may-certify.ts'
import { policyPath } from '../../kubectl/paths.ts'
import { readSelf } from '../../kubectl/self-subject.ts'
import type { IO } from '../../terminal/io.ts'

/** Pending requests, as one caller sees them. A request of others that the caller is not known to be allowed to decide is in none of the lists. */
export type Inbox = {
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
export type Sort = (request: AccessRequest) => Promise<'mine' | 'own' | 'reviewed' | 'others' | undefined>

/** Compares usernames case-insensitively, as the server does when it prevents self-approval. */
export const sameName = (left: string | undefined, right: string): boolean => left?.toLowerCase() === right.toLowerCase()

const isPending = ({ clock }: IO, { status }: AccessRequest): boolean => requestPhase(status, clock.nowMs()) === 'Pending'

/** The rule by which the server accepts an approval. When nothing is missing, or an older server does not say what is, every approver counts. */
function waitsFor({ status }: AccessRequest, self: Identity): boolean {
  const missing = status?.approvals?.missing ?? []
  return missing.length === 0 || wouldCount(missing, self)
}

const hasReviewed = ({ status }: AccessRequest, me: string): boolean =>
  (status?.reviews ?? []).some(({ reviewer, lapsed }) => lapsed !== true && sameName(reviewer.username, me))

/** Looks up who the caller is and what they may certify. Caches each answer. */
async function createSort(io: IO, namespace: string | undefined): Promise<Sort> {
  const self = await readSelf(io.kubectl)
  const me = self.username
  const mayCertify = createMayCertify(io.kubectl)
  return async (request) => {
    if (!isPending(io, request)) return undefined
    if (namespace !== undefined && !namespacesOf(request).includes(namespace)) return undefined
    if (sameName(request.spec.requester?.username, me)) return 'own'
    if (!(await mayCertify(request))) return undefined
    return hasReviewed(request, me) ? 'reviewed' : waitsFor(request, self) ? 'mine' : 'others'
  }
}

const byAge = (left: AccessRequest, right: AccessRequest): number =>
  (left.metadata.creationTimestamp ?? '').localeCompare(right.metadata.creationTimestamp ?? '') ||
  left.metadata.name.localeCompare(right.metadata.name)

/** Reads who the caller is while it reads the list. */
export async function readInbox(io: IO, namespace: string | undefined): Promise<{ readonly inbox: Inbox; readonly sort: Sort }> {
  const [sort, list] = await Promise.all([
    createSort(io, namespace),
    // Decided requests are retained for days, so they are dropped page by page to save memory.
    listRequests(io, (request) => isPending(io, request)),
  ])
  const oldestFirst = list.items.toSorted(byAge)
  const places = await Promise.all(oldestFirst.map(sort))
  const at = (place: Awaited<ReturnType<Sort>>): readonly AccessRequest[] => oldestFirst.filter((_, index) => places[index] === place)
  return {
    sort,
    inbox: { mine: at('mine'), own: at('own'), reviewed: at('reviewed'), others: at('others'), resourceVersion: list.resourceVersion },
  }
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
