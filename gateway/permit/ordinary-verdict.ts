import type { AccessGrant } from '../../domain/access-grant.ts'
import type { Clock } from '../../domain/clock.ts'
import { judge } from '../../domain/grant/judge.ts'
import type { Verdict } from '../../domain/permit.ts'
import type { AccessView } from '../access/access-view.ts'
import { digestOf } from '../ask/digest.ts'
import type { Asked } from '../steps.ts'
import type { Decided, DecideDoors } from './decide-about.ts'

export type VerdictDoors = DecideDoors & { readonly view: AccessView; readonly clock: Clock }

/** What the grants say of a write as long as it is an ordinary one: before anybody has looked what it changes. A yes is not the last word. */
export async function ordinaryVerdict(asked: Asked, { decision }: Decided, doors: VerdictDoors): Promise<Verdict> {
  const { classified, caller } = asked
  const bond = {
    get digest() {
      return digestOf(asked)
    },
    planHashes: 'unplanned' as const,
  }
  const judgeWith = (grants: readonly AccessGrant[]): Verdict =>
    judge({
      classified,
      identity: caller.identity,
      decision,
      grants,
      nowMs: doors.clock.nowMs(),
      bond,
      ...(doors.cluster === undefined ? {} : { cluster: doors.cluster }),
    })
  const first = judgeWith(doors.view.grantsOf(caller.identity.username))
  return first.kind === 'ask' ? judgeWith(await doors.view.freshGrants(caller.identity.username)) : first
}
