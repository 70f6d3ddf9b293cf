import type { AccessGrant } from '../../domain/access-grant.ts'
import type { Clock } from '../../domain/clock.ts'
import { judge } from '../../domain/grant/judge.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import { revealedBy } from '../../domain/grant/reveals.ts'
import type { Permit, Verdict } from '../../domain/permit.ts'
import { strictest } from '../../domain/policy/decide.ts'
import { strictestLimits } from '../../domain/policy/limits.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { AccessView } from '../access/access-view.ts'
import { digestOf } from '../ask/digest.ts'
import { maskingDigest } from '../mask/policy-masking.ts'
import type { Hold } from '../ports.ts'
import type { Asked, Permitted } from '../steps.ts'
import { decideAbout, type Decided } from './decide-about.ts'
import type { LivePermit, LivePermits } from './live-permits.ts'
import { boundBody, prepareBody, type PrepareDoors, type Prepared } from './prepare-body.ts'
import { refuseMissingReveals } from './reveal-asks.ts'

export type PermitDoors = PrepareDoors & {
  readonly view: AccessView
  readonly hold: Hold
  readonly livePermits: LivePermits
  readonly clock: Clock
  /** Told what was decided, as soon as it is: for the records. */
  readonly decided: (decided: Decided) => void
}

const DEFAULT_HOLD_SECONDS = 300
const NEVER = new AbortController().signal

/** A flag of the query as upstream converts it: only absence, `0` and `false` are no. */
const flag = (value: string | null): boolean => value !== null && value !== '0' && value.toLowerCase() !== 'false'

function isEndless({ classified: { info }, query, upgrade }: Asked): boolean {
  return upgrade !== undefined || info.verb === 'watch' || (info.subresource === 'log' && flag(query.get('follow')))
}

const holdMs = ({ policies }: Decided): number => (strictestLimits(policies).holdSeconds ?? DEFAULT_HOLD_SECONDS) * 1000

type Judging = { readonly asked: Asked; readonly decided: Decided; readonly doors: PermitDoors }

/** A yes, what the policies said when it was given, and whether somebody had to be waited for. */
type Judged = { readonly permit: Permit; readonly decided: Decided; readonly waited: boolean }

/** A yes, or the wait for one, not begun yet. @throws StatusError for a no, with the remedy */
async function judged({ asked, decided, doors }: Judging): Promise<(outgoing: Buffer) => Promise<Judged>> {
  const { identity } = asked.caller
  let made: string | undefined
  const operation = {
    // Most requests meet no grant that is bound to an operation, and need no name for theirs.
    get digest(): string {
      return (made ??= digestOf(asked))
    },
  }
  const judgeWith = (grants: readonly AccessGrant[], { decision }: Decided): Verdict =>
    judge({
      classified: asked.classified,
      identity,
      decision,
      grants,
      nowMs: doors.clock.nowMs(),
      bond: operation,
      ...(doors.cluster === undefined ? {} : { cluster: doors.cluster }),
    })
  const decideAgain = (): Decided => decideAbout(asked, doors.view.policies(), doors)
  // A human takes time, in which the policies may have changed: what they say then counts.
  const judgeAgain = async (): Promise<Verdict> => judgeWith(await doors.view.freshGrants(identity.username), decideAgain())

  const first = judgeWith(doors.view.grantsOf(identity.username), decided)
  const verdict = first.kind === 'ask' ? judgeWith(await doors.view.freshGrants(identity.username), decided) : first
  if (verdict.kind === 'allow') return () => Promise.resolve({ permit: verdict.permit, decided, waited: false })
  if (verdict.kind === 'deny' || verdict.for === 'grant') throw refusalOf(verdict, asked.classified, identity)
  const held = { asked, ...decided, digest: operation.digest, timeoutMs: holdMs(decided), judge: judgeAgain }
  return async (outgoing) => ({ permit: await doors.hold({ ...held, outgoing }), decided: decideAgain(), waited: true })
}

/**
 * Whether the policies, as they are now, ask for no more than they did when it was permitted, and hide the same: what masks a stream
 * was made when it began. What cannot be decided is a no.
 */
function stillAllowed(
  asked: Asked,
  { permit: { decision: then, grant }, policies: before }: Pick<Permitted, 'permit' | 'policies'>,
  doors: PermitDoors,
): boolean {
  try {
    const { decision: now, policies } = decideAbout(asked, doors.view.policies(), doors)
    const { info } = asked.classified
    if (maskingDigest(policies, info) !== maskingDigest(before, info)) return false
    const covered = grant === undefined || (now.alike ?? [now.policy]).includes(grant.policy)
    if (now.shadow || now.effect === 'Allow') return covered
    return grant !== undefined && covered && !then.shadow && strictest([then, now]) === then
  } catch {
    return false
  }
}

/**
 * What a human approved is sent, and nothing that has become of it since: values are put back that are live now, and they must be those
 * that the approver's diff was made with. @throws StatusError Conflict when they are not
 */
async function prepareAgain(
  shown: Prepared,
  asked: Asked,
  { policies, doors }: { readonly policies: Decided['policies']; readonly doors: PermitDoors },
): Promise<Prepared> {
  const prepared = await prepareBody(asked, policies, doors)
  if (prepared.body.equals(shown.body)) return prepared
  throw new StatusError(
    'Conflict',
    'a masked value that the request puts back has changed while it waited for its approval. Nothing was written. Read the object again and repeat',
  )
}

type Sendable = { readonly outgoing: Buffer; readonly trial: Pick<Permitted, 'trial'> }

async function sendable(shown: Prepared, asked: Asked, by: { readonly judgement: Judged; readonly doors: PermitDoors }): Promise<Sendable> {
  const { waited, decided } = by.judgement
  const prepared = waited ? await prepareAgain(shown, asked, { policies: decided.policies, doors: by.doors }) : shown
  return { outgoing: await boundBody(prepared, asked), trial: prepared.trial === undefined ? {} : { trial: prepared.trial } }
}

/** What has no end ends with what permitted it. */
function watchedBy(asked: Asked, permitted: Pick<Permitted, 'permit' | 'policies'>, doors: PermitDoors): LivePermit {
  const { grant } = permitted.permit
  return doors.livePermits.watch({
    grants: grant === undefined ? [] : [grant.name],
    expiresAtMs: Math.min(asked.caller.expiresAtMs, grant?.expiresAtMs ?? Infinity),
    allowed: () => stillAllowed(asked, permitted, doors),
  })
}

/**
 * Steps 4 and 5: what the policies and the grants say, and the wait for a human where they say so.
 * @throws StatusError 403 with the remedy, 422 for a masked value, 503 when it cannot be decided
 */
export async function permit(asked: Asked, doors: PermitDoors): Promise<Permitted> {
  const decided = decideAbout(asked, doors.view.policies(), doors)
  doors.decided(decided)
  // Before anything is done whose answer could not be shown.
  if (asked.classified.info.isResourceRequest) await doors.masking.values()
  const permitWhenDue = await judged({ asked, decided, doors })
  await refuseMissingReveals(asked, decided.policies, doors)
  // Reading a body costs time, so only for who may send it; and before anybody is asked to approve it. A preview shows the other values
  // of a trial, which look alike: its failure is told to the agent at once.
  const shown = await prepareBody(asked, decided.policies, doors)
  const judgement = await permitWhenDue(shown.trial ?? shown.body)
  const { permit: permitted, decided: now } = judgement
  const { outgoing, trial } = await sendable(shown, asked, { judgement, doors })

  const { caller, classified } = asked
  const live = { identity: caller.identity, nowMs: doors.clock.nowMs(), ...(doors.cluster === undefined ? {} : { cluster: doors.cluster }) }
  // What a policy's approvers showed ends with the policy.
  const governing = new Set(now.policies.map(({ metadata }) => metadata.name))
  const grants = doors.view.grantsOf(caller.identity.username).filter(({ spec }) => governing.has(spec.policy))
  const revealed = revealedBy(grants, classified, live)
  const endless = isEndless(asked)
  const watched = endless ? watchedBy(asked, { permit: permitted, policies: now.policies }, doors) : undefined
  return {
    ...asked,
    permit: permitted,
    policies: now.policies,
    outgoing,
    ...trial,
    revealed,
    endless,
    ending: watched?.signal ?? NEVER,
    release: watched?.release ?? (() => {}),
  }
}
