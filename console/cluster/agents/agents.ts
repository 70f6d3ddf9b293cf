import { isLiveOrUpcoming, type AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { GRANTS_PATH, POLICIES_PATH, REQUESTS_PATH } from '../../../domain/api/names.ts'
import { withTokenGroups, type Identity } from '../../../domain/identity.ts'
import { indexSuspensions } from '../../../domain/policy/suspensions.ts'
import type { UserClient } from '../impersonate.ts'
import { listSome, listWhole, type Some } from '../list-some.ts'
import { readingOf, valueOr, type PartReading } from '../part-reading.ts'
import { readSuspensions } from './suspensions.ts'

/** Requests and grants that are read. The server keeps them for seven days after their end. */
const MAX_READ = 10_000
export const MAX_POLICIES = 500
/** How long the server keeps what has ended. */
export const KEPT_DAYS = 7

/** What an agent did, as far as requests and grants tell. */
export type AgentSummary = {
  readonly username: string
  readonly pending: number
  readonly live: number
  /** Requests that the server still has, and how many of them were denied. */
  readonly asked: number
  readonly denied: number
  /** The last request or use of a grant, in milliseconds. 0 when neither has a time. */
  readonly lastSeenMs: number
  /** Name of the suspension that stops it. Undefined for none, and when the user may not see suspensions. */
  readonly suspendedBy: string | undefined
}

export type Agents = {
  readonly agents: readonly AgentSummary[]
  readonly isPartial: boolean
  readonly suspensions: PartReading<Some<AccessSuspension>>
}

type Mutable = { -readonly [field in keyof AgentSummary]: AgentSummary[field] }
type Counted = { readonly username: string; readonly ms: number; readonly identity: Identity; readonly counts: Partial<Mutable> }

const NOBODY: Identity = { username: '', uid: '', groups: [], extra: {} }
export const identityOf = (user: Partial<Identity> | undefined): Identity => withTokenGroups({ ...NOBODY, ...user })

/** The policy without its clusters: a page shows whom a suspension stops in any of them. */
export function anywhere(policy: AccessPolicy): AccessPolicy {
  const { clusters: _, ...spec } = policy.spec
  return { ...policy, spec }
}

const msOf = (time: string | undefined): number => Date.parse(time ?? '') || 0

const ofRequest =
  (nowMs: number) =>
  ({ metadata, spec, status }: AccessRequest): Counted | undefined => {
    if (spec.requester === undefined) return undefined
    const phase = requestPhase(status, nowMs)
    const counts = { asked: 1, pending: phase === 'Pending' ? 1 : 0, denied: phase === 'Denied' ? 1 : 0 }
    return { username: spec.requester.username, ms: msOf(metadata.creationTimestamp), identity: identityOf(spec.requester), counts }
  }

const ofGrant =
  (nowMs: number) =>
  (grant: AccessGrant): Counted => ({
    username: grant.spec.subject.username,
    ms: msOf(grant.status?.lastUsed),
    identity: identityOf(grant.spec.subject),
    counts: { live: isLiveOrUpcoming(grant, nowMs) ? 1 : 0 },
  })

const fresh = (username: string): Mutable => ({ username, pending: 0, live: 0, asked: 0, denied: 0, lastSeenMs: 0, suspendedBy: undefined })

/** Adds up by user name. `stoppedBy`: asked once for each agent, with its latest identity. */
function createTally(stoppedBy: (identity: Identity) => string | undefined): { add(counted: Counted): undefined; all(): readonly AgentSummary[] } {
  const known = new Map<string, Mutable>()
  return {
    add: ({ username, ms, identity, counts }) => {
      const before = known.get(username)
      const agent = before ?? fresh(username)
      for (const field of ['pending', 'live', 'asked', 'denied'] as const) agent[field] += counts[field] ?? 0
      if (before === undefined || ms > agent.lastSeenMs) agent.suspendedBy = stoppedBy(identity)
      agent.lastSeenMs = Math.max(agent.lastSeenMs, ms)
      known.set(username, agent)
      return undefined
    },
    all: () => [...known.values()],
  }
}

/** Agents that wait or have access first, then by when they were seen. */
const byActivity = (one: AgentSummary, other: AgentSummary): number =>
  Number(other.pending + other.live > 0) - Number(one.pending + one.live > 0) ||
  other.lastSeenMs - one.lastSeenMs ||
  (one.username < other.username ? -1 : 1)

/** The agents whose requests and grants the user sees. @throws StatusError */
export async function readAgents(client: UserClient, nowMs: number): Promise<Agents> {
  const [suspensions, policies] = await Promise.all([
    readingOf(readSuspensions(client)),
    readingOf(listWhole<AccessPolicy>(client, POLICIES_PATH, { most: MAX_POLICIES })),
  ])
  const index = indexSuspensions(valueOr(suspensions, { items: [], isPartial: false }).items)
  const governing = valueOr(policies, { items: [], isPartial: false }).items.map(anywhere)
  const tally = createTally((identity) => index.find({ identity, policies: governing })?.metadata.name)
  const requests = await listSome<AccessRequest, never>(client, REQUESTS_PATH, {
    most: MAX_READ,
    keep: (request) => {
      const counted = ofRequest(nowMs)(request)
      return counted === undefined ? undefined : tally.add(counted)
    },
  })
  const grants = await listSome<AccessGrant, never>(client, GRANTS_PATH, { most: MAX_READ, keep: (grant) => tally.add(ofGrant(nowMs)(grant)) })
  return { agents: tally.all().toSorted(byActivity), isPartial: requests.isPartial || grants.isPartial, suspensions }
}
