import type { AccessRequest } from '../../domain/api/access-request.ts'
import { REQUESTS_PATH } from '../../domain/api/names.ts'
import { createMayCertify } from '../../domain/approval/may-certify.ts'
import { byAge, isPending, placeOf, type Place } from '../../domain/approval/place.ts'
import { withoutPlan } from '../../domain/explain/past-request.ts'
import type { Identity } from '../../domain/identity.ts'
import type { BreakGlassReview } from '../../domain/api/break-glass/review.ts'
import { createFirstOf } from './first-of.ts'
import type { UserClient } from './impersonate.ts'
import { pagesOf } from './list-pages.ts'
import { readOpenReviews } from './reviews.ts'

/** Pending requests by place. `left`: how many more there are that are not read. */
export type Inbox = { readonly [place in Place]: readonly AccessRequest[] } & {
  readonly left: number
  /** Uses of break-glass by others that nobody reviewed. */
  readonly reviews: readonly BreakGlassReview[]
}

/** Requests that are sorted. More would make a page that nobody reads. */
const MAX_REQUESTS = 2000
/**
 * Access reviews for one page. One for each policy, where the user may certify in the whole cluster. An agent can ask for many namespaces; beyond the
 * bound a request counts as one that the user may decide, since the server shows it to them, and decides in the end.
 */
const MAX_REVIEWS = 200
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'

type Review = { readonly status?: { readonly allowed?: boolean } }
export type Self = Pick<Identity, 'username' | 'groups'>

/** Returns the place of each request for the user, by the rule of the server. @throws StatusError */
export function createSort(client: UserClient, self: Self, nowMs: number): (request: AccessRequest) => Promise<Place | undefined> {
  let asked = 0
  const mayCertify = createMayCertify(async (resourceAttributes) => {
    asked += 1
    if (asked > MAX_REVIEWS) return true
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }
    return (await client.json<Review>({ method: 'POST', path: REVIEWS, body })).status?.allowed === true
  })
  // kube-apiserver adds this group to everybody who signed in.
  const identity: Identity = { ...self, groups: [...self.groups, 'system:authenticated'], uid: '', extra: {} }
  return (request) => placeOf(request, identity, { nowMs, mayCertify })
}

/** The pending requests that the user can see, oldest first. @throws StatusError */
export async function readInbox(client: UserClient, self: Self, nowMs: number): Promise<Inbox> {
  const reviews = readOpenReviews(client, self.username)
  // Awaited below, after the requests: a failure before must not be an unhandled one.
  reviews.catch(() => undefined)
  const pending = createFirstOf<AccessRequest>(MAX_REQUESTS, byAge)
  for await (const page of pagesOf<AccessRequest>(client, REQUESTS_PATH))
    pending.add(page.filter((request) => isPending(request, nowMs)).map(withoutPlan))
  const sort = createSort(client, self, nowMs)
  const sorted = { mine: [] as AccessRequest[], own: [] as AccessRequest[], reviewed: [] as AccessRequest[], others: [] as AccessRequest[] }
  for (const request of pending.kept()) {
    const place = await sort(request)
    if (place !== undefined) sorted[place].push(request)
  }
  return { ...sorted, left: pending.left(), reviews: await reviews }
}
