import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessSuspension } from '../../../domain/api/access-suspension.ts'
import type { BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { BREAK_GLASS_REVIEWS_PATH, GRANTS_PATH, POLICIES_PATH, REQUESTS_PATH } from '../../../domain/api/names.ts'
import { subjectOf } from '../../../domain/api/subject.ts'
import { withoutPlan } from '../../../domain/explain/past-request.ts'
import type { Identity } from '../../../domain/identity.ts'
import { governsAnywhere } from '../../../domain/policy/governs-anywhere.ts'
import { indexSuspensions } from '../../../domain/policy/suspensions.ts'
import { fieldSelectorOf } from '../../../domain/selectors/field-selector.ts'
import type { UserClient } from '../impersonate.ts'
import { listSome, listWhole, type Some } from '../list-some.ts'
import { readingOf, valueOr, type PartReading } from '../part-reading.ts'
import { anywhere, identityOf, MAX_POLICIES } from './agents.ts'
import { readSuspensions } from './suspensions.ts'

/** Requests, grants and reviews of one agent that are read. */
const MAX_READ = 1000

/** One agent, as far as the user sees it. */
export type OneAgent = {
  readonly username: string
  /** As its newest request, or a grant of it, says. Undefined when there is none. */
  readonly identity: Identity | undefined
  readonly requests: Some<AccessRequest>
  readonly grants: Some<AccessGrant>
  readonly reviews: PartReading<Some<BreakGlassReview>>
  readonly policies: PartReading<readonly string[]>
  /** The suspension that stops it now, and those that named it before. */
  readonly suspensions: PartReading<{ readonly inForce: AccessSuspension | undefined; readonly named: readonly AccessSuspension[] }>
}

const newest = (one: AccessRequest, other: AccessRequest): number =>
  (other.metadata.creationTimestamp ?? '').localeCompare(one.metadata.creationTimestamp ?? '')

const names = ({ spec }: AccessSuspension, username: string): boolean => {
  const { kind, name, namespace } = subjectOf(username)
  return (spec.subjects ?? []).some((each) => each.kind === kind && each.namespace === namespace && each.name.toLowerCase() === name.toLowerCase())
}

const mapped = <T, R>(reading: PartReading<T>, map: (value: T) => R): PartReading<R> =>
  reading.is === 'there' ? { is: 'there', value: map(reading.value) } : reading

/** @throws StatusError */
export async function readAgent(client: UserClient, username: string): Promise<OneAgent> {
  const [bySubject, byRequester] = [fieldSelectorOf({ 'spec.subject.username': username }), fieldSelectorOf({ 'spec.requester.username': username })]
  const [requests, grants, reviews, policies, suspensions] = await Promise.all([
    listSome<AccessRequest, AccessRequest>(client, REQUESTS_PATH, { most: MAX_READ, fieldSelector: byRequester, keep: withoutPlan }),
    listWhole<AccessGrant>(client, GRANTS_PATH, { most: MAX_READ, fieldSelector: bySubject }),
    readingOf(listWhole<BreakGlassReview>(client, BREAK_GLASS_REVIEWS_PATH, { most: MAX_READ, fieldSelector: bySubject })),
    readingOf(listWhole<AccessPolicy>(client, POLICIES_PATH, { most: MAX_POLICIES })),
    readingOf(readSuspensions(client)),
  ])
  const sorted = requests.items.toSorted(newest)
  const user = sorted[0]?.spec.requester ?? grants.items[0]?.spec.subject
  const identity = identityOf(user ?? { username })
  const all = valueOr(policies, { items: [], isPartial: false }).items.map(anywhere)
  return {
    username,
    identity: user === undefined ? undefined : identity,
    requests: { ...requests, items: sorted },
    grants,
    reviews,
    policies: mapped(policies, ({ items }) => items.filter((policy) => governsAnywhere(policy, identity)).map(({ metadata }) => metadata.name)),
    suspensions: mapped(suspensions, ({ items }) => ({
      inForce: indexSuspensions(items).find({ identity, policies: all }),
      named: items.filter((each) => names(each, username)),
    })),
  }
}
