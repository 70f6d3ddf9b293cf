import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { listRequests } from './list-requests.ts'
import { createMayCertify, namespacesOf } from './may-certify.ts'
import { policyPath } from '../../kubectl/paths.ts'
import { whoAmI } from '../../kubectl/self-subject.ts'
import type { IO } from '../../terminal/io.ts'

/** What is pending, as one caller sees it. Whatever is not known to be theirs to decide is in none of the lists. */
export type Inbox = {
  /** Waits for the caller's decision, oldest first. */
  readonly mine: readonly AccessRequest[]
  /** Asked for by the caller, who may not decide on it. */
  readonly own: readonly AccessRequest[]
  /** The caller has approved it; another has to. */
  readonly reviewed: readonly AccessRequest[]
  readonly resourceVersion: string
}

/** Where a request belongs in the inbox; undefined: not there. */
export type Sort = (request: AccessRequest) => Promise<'mine' | 'own' | 'reviewed' | undefined>

/** Users are one and the same whatever the case of the name: the server reads names so when it keeps anybody from approving their own request. */
export const sameName = (left: string | undefined, right: string): boolean => left?.toLowerCase() === right.toLowerCase()

const isPending = ({ clock }: IO, { status }: AccessRequest): boolean => requestPhase(status, clock.nowMs()) === 'Pending'

/** Asks who the caller is and what they may certify; each answer is kept. */
export async function createSort(io: IO, namespace: string | undefined): Promise<Sort> {
  const me = await whoAmI(io.kubectl)
  const mayCertify = createMayCertify(io.kubectl)
  return async (request) => {
    if (!isPending(io, request)) return undefined
    if (namespace !== undefined && !namespacesOf(request).includes(namespace)) return undefined
    if (sameName(request.spec.requester?.username, me)) return 'own'
    if (!(await mayCertify(request))) return undefined
    return (request.status?.reviews ?? []).some(({ reviewer }) => sameName(reviewer.username, me)) ? 'reviewed' : 'mine'
  }
}

const byAge = (left: AccessRequest, right: AccessRequest): number =>
  (left.metadata.creationTimestamp ?? '').localeCompare(right.metadata.creationTimestamp ?? '') ||
  left.metadata.name.localeCompare(right.metadata.name)

export async function readInbox(io: IO, sort: Sort): Promise<Inbox> {
  // What is decided is kept for days, and is let go page by page.
  const list = await listRequests(io, (request) => isPending(io, request))
  const sorted = { mine: [] as AccessRequest[], own: [] as AccessRequest[], reviewed: [] as AccessRequest[] }
  for (const request of list.items.toSorted(byAge)) {
    const place = await sort(request)
    if (place !== undefined) sorted[place].push(request)
  }
  return { ...sorted, resourceVersion: list.resourceVersion }
}

/** Policies by name, each read once; undefined for one that the caller may not read or that is gone. */
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
