import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Decision } from '../../domain/decision.ts'
import { judge } from '../../domain/grant/judge.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import { endedReveal, revealedBy } from '../../domain/grant/reveals.ts'
import type { Permit, Verdict } from '../../domain/permit.ts'
import { strictest } from '../../domain/policy/decide.ts'
import { strictestLimits } from '../../domain/policy/limits.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { AccessView } from '../grants/access-view.ts'
import { digestOf } from '../classify/digest.ts'
import { isEndless, mayLast } from '../classify/may-last.ts'
import { maskingDigest } from '../mask/policy-masking.ts'
import type { Hold } from '../ports.ts'
import type { Asked, Permitted } from '../steps.ts'
import { decideAbout, type Decided } from './decide-about.ts'
import { refuseDeniedCreate } from './body/denied-create.ts'
import { bindToPlan } from '../plan/bind-to-plan.ts'
import { makePlan } from '../plan/make-plan.ts'
import { PlanChanged } from '../plan/plan-changed.ts'
import type { Plan, PlanDependencies, Planned } from '../plan/plan.ts'
import { NO_ENDING, type LivePermit, type LivePermits } from './stream-revocation.ts'
import { mayRead, readOf } from './may-read.ts'
import { neverKnown } from './body/objects.ts'
import { boundBody, prepareBody, type PrepareDependencies, type Prepared } from './body/prepare-body.ts'
import { refuseMissingReveals } from './reveal-asks.ts'
import { decideNow, weighPower, type Weighed } from './weigh-power.ts'

export type PermitDependencies = PrepareDependencies &
  PlanDependencies & {
    readonly view: AccessView
    readonly hold: Hold
    readonly livePermits: LivePermits
    readonly clock: Clock
    /** Told what was decided, as soon as it is: for the records. */
    readonly decided: (decided: Decided) => void
    /** Told when it begins to wait for a human. */
    readonly waits: () => void
    /** For what has waited. @throws StatusError Unauthorized when the token is no longer accepted */
    readonly authenticateAgain: () => Promise<void>
  }

const DEFAULT_HOLD_SECONDS = 300

const holdMs = ({ policies }: Decided): number => (strictestLimits(policies).holdSeconds ?? DEFAULT_HOLD_SECONDS) * 1000

type Judging = { readonly asked: Asked; readonly decided: Decided; readonly deps: PermitDependencies }

/** A yes, what the policies said when it was given, whether somebody had to be waited for, and what was approved where it is one operation. */
type Judged = { readonly permit: Permit; readonly decided: Decided; readonly waited: boolean; readonly plan?: Plan; readonly planned?: Planned }

/** The operation, as its approvers are asked about it. */
function plannedOf({ asked, deps }: Judging, { decision, policies }: Decided, by: { readonly digest: string; readonly prepared: Prepared }): Planned {
  const { digest, prepared } = by
  return {
    asked,
    decision,
    policies,
    digest,
    sends: prepared.body,
    outgoing: prepared.trial ?? prepared.body,
    mayRead: (path, query) => mayRead(readOf(asked, path, query), policies, deps),
  }
}

/** A yes, or the wait for one, not begun yet. @throws StatusError for a no, with the remedy */
async function judged(judging: Judging): Promise<(prepared: Prepared) => Promise<Judged>> {
  const { asked, decided, deps } = judging
  const { identity } = asked.caller
  let made: string | undefined
  // Most requests meet no grant that is bound to an operation, and need no name for theirs.
  const digest = (): string => (made ??= digestOf(asked))
  const judgeWith = (grants: readonly AccessGrant[], { decision }: Decided, planHashes: readonly string[] | 'unplanned'): Verdict =>
    judge({
      classified: asked.classified,
      identity,
      decision,
      grants,
      nowMs: deps.clock.nowMs(),
      bond: {
        get digest() {
          return digest()
        },
        planHashes,
      },
      ...(deps.cluster === undefined ? {} : { cluster: deps.cluster }),
    })
  const fresh = (): Promise<readonly AccessGrant[]> => deps.view.freshGrants(identity.username)

  const first = judgeWith(deps.view.grantsOf(identity.username), decided, 'unplanned')
  const verdict = first.kind === 'ask' ? judgeWith(await fresh(), decided, 'unplanned') : first
  if (verdict.kind === 'deny' || (verdict.kind === 'ask' && verdict.for === 'grant')) throw refusalOf(verdict, asked.classified, identity)
  if (verdict.kind === 'allow' && verdict.permit.grant?.bound !== true)
    return () => Promise.resolve({ permit: verdict.permit, decided, waited: false })

  return async (prepared) => {
    /** What it would change now, and whether that was approved. */
    const judgeNow = async (now: Decided) => {
      const planned = plannedOf(judging, now, { digest: digest(), prepared })
      const plan = await makePlan(planned, deps, 'check')
      const grants = await fresh()
      return { planned, plan, verdict: judgeWith(grants, now, plan.hashes), wasApproved: () => judgeWith(grants, now, 'unplanned').kind === 'allow' }
    }
    if (verdict.kind === 'allow') {
      const now = await judgeNow(decided)
      if (now.verdict.kind === 'allow') {
        const { permit: permitted } = now.verdict
        // Another grant may cover it, whatever it changes.
        return { permit: permitted, decided, waited: false, ...(permitted.grant?.bound === true ? { plan: now.plan, planned: now.planned } : {}) }
      }
      if (now.verdict.kind === 'deny' || now.verdict.for === 'grant') throw refusalOf(now.verdict, asked.classified, identity)
    }
    let seen: Pick<Judged, 'plan' | 'planned'> = {}
    // A human takes time, in which the policies and the object may have changed: what they are then counts.
    const judgeAgain = async (): Promise<Verdict> => {
      const now = await judgeNow(await decideNow(asked, prepared, deps))
      seen = now
      if (now.verdict.kind === 'ask' && now.wasApproved()) throw new PlanChanged()
      return now.verdict
    }
    const { waits, authenticateAgain } = deps
    const about = plannedOf(judging, decided, { digest: digest(), prepared })
    const held = { ...about, timeoutMs: holdMs(decided), judge: judgeAgain, waits, authenticateAgain }
    const permitted = await deps.hold(held)
    return { permit: permitted, decided: decideAbout(asked, deps.view.policies(), deps), waited: true, ...seen }
  }
}

const isFree = ({ shadow, effect }: Decision): boolean => shadow || effect === 'Allow'

/**
 * Whether the policies, as they are now, ask for no more than they did when it was permitted, and hide the same: what masks a stream
 * was made when it began. What a write makes of its object was looked at then, and is by the webhook. What cannot be decided is a no, and so is what
 * hangs on an object that nobody can know, as that of an exec.
 */
function stillAllowed(
  asked: Asked,
  { permit: { decision: then, grant }, policies: before }: Pick<Permitted, 'permit' | 'policies'>,
  deps: PermitDependencies,
): boolean {
  try {
    const { decision, loosest = decision, policies } = decideAbout(asked, deps.view.policies(), deps)
    const now = neverKnown(asked) === undefined ? loosest : decision
    const { info } = asked.classified
    if (maskingDigest(policies, info) !== maskingDigest(before, info)) return false
    if (grant === undefined) return isFree(now)
    return (now.alike ?? [now.policy]).includes(grant.policy) && (isFree(now) || (!then.shadow && strictest([then, now]) === then))
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
  { policies, deps }: { readonly policies: Decided['policies']; readonly deps: PermitDependencies },
): Promise<Prepared> {
  const prepared = await prepareBody(asked, policies, deps)
  if (prepared.body.equals(shown.body)) return prepared
  throw new StatusError(
    'Conflict',
    'a masked value that the request puts back has changed while it waited for its approval. Nothing was written. Read the object again and repeat',
  )
}

type Sendable = Pick<Permitted, 'outgoing' | 'headers' | 'trial' | 'only'>

/** What goes upstream: bound to the version that values were put back from, and to the object of an approved plan. */
async function sendable(shown: Prepared, asked: Asked, by: { readonly judgement: Judged; readonly deps: PermitDependencies }): Promise<Sendable> {
  const { waited, decided, plan, planned } = by.judgement
  const prepared = waited ? await prepareAgain(shown, asked, { policies: decided.policies, deps: by.deps }) : shown
  const body = await boundBody(prepared, asked)
  const bound = plan === undefined || planned === undefined ? { outgoing: body } : await bindToPlan(plan, planned, body)
  return { headers: asked.headers, ...bound, ...(prepared.trial === undefined ? {} : { trial: prepared.trial }) }
}

/**
 * What permits an answer for as long as it goes on: its grant, the grant that it shows values by, the token, the policies. Undefined for what the
 * policies allow by themselves and kube-apiserver ends in its time.
 */
function watchedBy(asked: Asked, permitted: Pick<Permitted, 'permit' | 'policies' | 'revealed'>, deps: PermitDependencies): LivePermit | undefined {
  const {
    permit: { grant },
    revealed,
  } = permitted
  if (grant === undefined && revealed === undefined && !mayLast(asked)) return undefined
  return deps.livePermits.watch({
    grants: [...(grant === undefined ? [] : [grant.name]), ...(revealed === undefined ? [] : [revealed.grant])],
    grantsExpireAtMs: Math.min(grant?.expiresAtMs ?? Infinity, revealed?.expiresAtMs ?? Infinity),
    tokenExpiresAtMs: asked.caller.expiresAtMs,
    allowed: () => stillAllowed(asked, permitted, deps),
  })
}

/** What the policies say of a request, also once it is known what its write gives to a workload. */
async function weighed(asked: Asked, deps: PermitDependencies): Promise<Weighed> {
  const decided = decideAbout(asked, deps.view.policies(), deps)
  deps.decided(decided)
  // Before anything is done whose answer could not be shown.
  if (asked.classified.info.isResourceRequest) await deps.masking.values()
  const weighing = await weighPower({ asked, decided, deps })
  if (weighing.decided !== decided) deps.decided(weighing.decided)
  return weighing
}

/**
 * Steps 4 and 5: what the policies and the grants say, and the wait for a human where they say so.
 * @throws StatusError 403 with the remedy, 422 for a masked value, 503 when it cannot be decided
 */
export async function permit(arrived: Asked, deps: PermitDependencies): Promise<Permitted> {
  const { asked, decided, prepared } = await weighed(arrived, deps)
  const permitWhenDue = await judged({ asked, decided, deps })
  await refuseMissingReveals(asked, decided.policies, deps)
  // Reading a body costs time, so only for who may send it; and before anybody is asked to approve it. A preview shows the other values
  // of a trial, which look alike: its failure is told to the agent at once.
  const shown = prepared ?? (await prepareBody(asked, decided.policies, deps))
  const judgement = await permitWhenDue(shown)
  const { permit: permitted, decided: now } = judgement
  await refuseDeniedCreate(asked, { permit: permitted, policies: now.policies, prepared: shown }, deps)
  const sends = await sendable(shown, asked, { judgement, deps })

  const { caller, classified } = asked
  const live = { identity: caller.identity, nowMs: deps.clock.nowMs(), ...(deps.cluster === undefined ? {} : { cluster: deps.cluster }) }
  // What a policy's approvers showed ends with the policy.
  const governing = new Set(now.policies.map(({ metadata }) => metadata.name))
  const grants = deps.view.grantsOf(caller.identity.username).filter(({ spec }) => governing.has(spec.policy))
  const revealed = revealedBy(grants, classified, live)
  const masksAgain = revealed === undefined ? endedReveal(grants, classified, live) : undefined
  const watched = watchedBy(asked, { permit: permitted, policies: now.policies, revealed }, deps)
  return {
    ...asked,
    permit: permitted,
    policies: now.policies,
    ...sends,
    revealed,
    ...(masksAgain === undefined ? {} : { masksAgain }),
    endless: isEndless(asked),
    ending: watched?.signal ?? NO_ENDING,
    release: watched?.release ?? (() => {}),
  }
}
