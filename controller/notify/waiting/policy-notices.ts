import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { conditionOf, type Condition } from '../../../domain/api/conditions.ts'
import { eventsOf } from '../../../domain/api/notifications/notification.ts'
import type { Audience } from '../messages/base.ts'
import type { Looking, Notice } from './looking.ts'

/** How long a policy must be in a state. A new policy is not broken while its RBAC is being applied. */
const SETTLED_MS = 60_000
/** A policy for other clusters is not broken. */
const ELSEWHERE = 'OtherCluster'
/** All policies share a turn, since one fault can break all of them. No user has this name. */
const TURN = 'jit.access:policies'

const isBroken = ({ status, reason }: Condition): boolean => status === 'False' && reason !== ELSEWHERE

/** The event of the policy that a channel must receive, if `last` was its last one. Unknown is neither broken nor repaired. */
function changeIn(ready: Condition, last: string | undefined): 'PolicyBroken' | 'PolicyRepaired' | undefined {
  if (isBroken(ready)) return last === 'PolicyBroken' ? undefined : 'PolicyBroken'
  return ready.status === 'True' && last === 'PolicyBroken' ? 'PolicyRepaired' : undefined
}

/** The condition Ready, and since when the policy has been in that state. Undefined until it is settled. */
function settled({ status }: AccessPolicy, nowMs: number): { readonly ready: Condition; readonly atMs: number } | undefined {
  const ready = conditionOf(status?.conditions, 'Ready')
  const atMs = Date.parse(ready?.lastTransitionTime ?? '')
  return ready !== undefined && nowMs - atMs >= SETTLED_MS ? { ready, atMs } : undefined
}

/** The channels of the policy that want to know, each once. */
function audiences({ spec }: AccessPolicy): ReadonlyMap<string, Audience> {
  const wanting = (spec.notifications ?? []).filter((each) => eventsOf(each).includes('PolicyBroken'))
  return new Map(wanting.map(({ channel, to = 'Approvers' }) => [channel, to]))
}

/** The events that wait for channels of a policy: that it cannot work, or can work again. */
export function* policyNotices(policy: AccessPolicy, { views, deliveries, nowMs }: Looking): Generator<readonly [string, Notice]> {
  const now = settled(policy, nowMs)
  if (now === undefined) return
  const { name, uid = name } = policy.metadata
  for (const [channel, to] of audiences(policy)) {
    const event = changeIn(now.ready, deliveries.of(policy, channel)?.events.at(-1)?.event)
    if (event === undefined || views.channels.get(channel) === undefined) continue
    const { atMs } = now
    yield [channel, { kind: 'AccessPolicy', object: policy, event, to, atMs, key: `${uid}/${event}/${atMs}`, requester: TURN }]
  }
}
