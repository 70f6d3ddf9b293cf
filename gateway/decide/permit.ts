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
import type { ClassifiedRequest, Decided, Permitted } from '../steps.ts'
import { decideAbout } from './decide-about.ts'
import { refuseDeniedCreate } from './body/denied-create.ts'
import { bindToPlan } from '../plan/bind-to-plan.ts'
import { makePlan } from '../plan/make-plan.ts'
import { PlanChanged } from '../plan/plan-changed.ts'
import type { Plan, PlanDependencies, Planned } from '../plan/plan.ts'
import { NO_ENDING, type LivePermit, type StreamRevocation } from './stream-revocation.ts'
import { mayRead, readOf } from './may-read.ts'
import { neverKnown } from './body/objects.ts'
import { boundBody, prepareBody, type PrepareDependencies, type Prepared } from './body/prepare-body.ts'
import { refuseMissingReveals } from './reveal-asks.ts'
import { decideNow, type Weighed } from './weigh-power.ts'

export type PermitDependencies = PrepareDependencies &
  PlanDependencies & {
    readonly view: AccessView
    readonly hold: Hold
    readonly livePermits: StreamRevocation
    readonly clock: Clock
    /** Called when the request starts to wait for an approver. */
    readonly waits: () => void
    /** Called after a wait. @throws StatusError Unauthorized when the token is no longer accepted */
    readonly authenticateAgain: () => Promise<void>
  }

const DEFAULT_HOLD_SECONDS = 300

const holdMs = ({ policies }: Decided): number => (strictestLimits(policies).holdSeconds ?? DEFAULT_HOLD_SECONDS) * 1000

type Judging = { readonly asked: ClassifiedRequest; readonly decided: Decided; readonly deps: PermitDependencies }

/**
 * A permit, the decision of the policies at that time, and whether the request waited for an approver. `plan` and `planned` are set when one exact
 * operation was approved.
 */
type Authorization = {
  readonly permit: Permit
  readonly decided: Decided
  readonly waited: boolean
  readonly plan?: Plan
  readonly planned?: Planned
}

/** Returns the operation in the form that its approvers see. */
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

/** Returns a function that yields the permit, waiting for approval first if needed. @throws StatusError when refused, with the command that helps */
async function authorize(judging: Judging): Promise<(prepared: Prepared) => Promise<Authorization>> {
  const { asked, decided, deps } = judging
  const { identity } = asked.caller
  let made: string | undefined
  // Computed lazily: only grants that are bound to one operation need the digest.
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
    /** Plans what the operation would change now, and judges whether that was approved. */
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
        // A grant without a bound operation may cover it, whatever it changes.
        return { permit: permitted, decided, waited: false, ...(permitted.grant?.bound === true ? { plan: now.plan, planned: now.planned } : {}) }
      }
      if (now.verdict.kind === 'deny' || now.verdict.for === 'grant') throw refusalOf(now.verdict, asked.classified, identity)
    }
    let seen: Pick<Authorization, 'plan' | 'planned'> = {}
    // The policies and the object may change during the wait. Their state after the wait counts.
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
 * Whether current policies are no stricter than when the request was permitted, and mask the same fields: the masker of a stream is created when
 * the stream starts. Does not check again what a write makes of its object; that was checked at the start, and the webhook checks it too. Fails
 * closed when no decision is possible, and when the decision depends on an object that can never be known, as for exec.
 */
function stillAllowed(
  asked: ClassifiedRequest,
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
 * Prepares the body again after a wait. The restored Secret values must be the same as in the diff that the approver saw, so that exactly the
 * approved body is sent. @throws StatusError Conflict when they have changed
 */
async function prepareAgain(
  shown: Prepared,
  asked: ClassifiedRequest,
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

/** Returns what to send upstream, bound to the object version that values were restored from and to the object of an approved plan. */
async function sendable(
  shown: Prepared,
  asked: ClassifiedRequest,
  by: { readonly authorization: Authorization; readonly deps: PermitDependencies },
): Promise<Sendable> {
  const { waited, decided, plan, planned } = by.authorization
  const prepared = waited ? await prepareAgain(shown, asked, { policies: decided.policies, deps: by.deps }) : shown
  const body = await boundBody(prepared, asked)
  const bound = plan === undefined || planned === undefined ? { outgoing: body } : await bindToPlan(plan, planned, body)
  return { headers: asked.headers, ...bound, ...(prepared.trial === undefined ? {} : { trial: prepared.trial }) }
}

/**
 * Watches what a response depends on while it runs: its grant, its reveal grant, the token and the policies. Returns undefined for a request that
 * policies allow without a grant and that ends within kube-apiserver's request timeout.
 */
function watchedBy(
  asked: ClassifiedRequest,
  permitted: Pick<Permitted, 'permit' | 'policies' | 'revealed'>,
  deps: PermitDependencies,
): LivePermit | undefined {
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

/**
 * The step `permit`. Judges a decided request by the grants, and waits for approval where they require it.
 * @throws StatusError 403 with the command that helps, 422 for a masked value, 503 when no decision is possible
 */
export async function permit({ prepared, ...asked }: Weighed, deps: PermitDependencies): Promise<Permitted> {
  const { decided } = asked
  const waitForPermit = await authorize({ asked, decided, deps })
  await refuseMissingReveals(asked, decided.policies, deps)
  // Preparing a body costs time, so it happens only for callers that may send it, and before an approver is asked. A preview uses the substitute
  // values of a trial, which have the same shape; if it fails, the agent gets the error at once.
  const shown = prepared ?? (await prepareBody(asked, decided.policies, deps))
  const authorization = await waitForPermit(shown)
  const { permit: permitted, decided: now } = authorization
  await refuseDeniedCreate(asked, { permit: permitted, policies: now.policies, prepared: shown }, deps)
  const sends = await sendable(shown, asked, { authorization, deps })

  const { caller, classified } = asked
  const live = { identity: caller.identity, nowMs: deps.clock.nowMs(), ...(deps.cluster === undefined ? {} : { cluster: deps.cluster }) }
  // Reveals end when their policy no longer governs the caller.
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
