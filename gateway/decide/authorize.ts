import { refusalOf } from '../../domain/grant/refusal.ts'
import type { Permit, Verdict } from '../../domain/permit.ts'
import { strictestLimits } from '../../domain/policy/request-limits.ts'
import { makePlan } from '../plan/make-plan.ts'
import type { Plan, PlanDependencies, Planned } from '../plan/plan.ts'
import type { Hold } from '../ports.ts'
import type { ClassifiedRequest, Decided, DecidedRequest } from '../steps.ts'
import { askFirst, isOnlyAsked } from './ask-first.ts'
import { awaitApproval, type Judged } from './await-approval.ts'
import type { Prepared } from './body/prepare-body.ts'
import { decideAbout } from './decide-about.ts'
import { endingError } from './endings.ts'
import { mayRead, readOf } from './may-read.ts'
import type { StreamRevocation } from './stream-revocation.ts'
import type { RequestJudge } from './request-judge.ts'
import { decideNow, type WeighDependencies } from './weigh-power.ts'

export type AuthorizeDependencies = WeighDependencies &
  PlanDependencies & { readonly hold: Hold; readonly livePermits: Pick<StreamRevocation, 'watch'> }

/** A permit, and the decision of the policies when it was given. */
export type Authorization = {
  readonly permit: Permit
  readonly decided: Decided
  /** Whether the request waited for an approver. */
  readonly waited: boolean
  /** What was approved. Absent: the permit is not for one exact operation. */
  readonly approved?: { readonly plan: Plan; readonly planned: Planned }
}

/** The verdict on a request that may be forwarded now, or when this exact operation is approved. */
export type Permissible = Exclude<Verdict, { readonly kind: 'deny' }>

const DEFAULT_HOLD_SECONDS = 300

const holdMs = ({ policies }: Decided): number => (strictestLimits(policies).holdSeconds ?? DEFAULT_HOLD_SECONDS) * 1000

/**
 * Judges a request by the grants, before what it would change is known.
 * @throws StatusError Forbidden, with the command that helps, when only a denial or a request for a grant is possible
 */
export async function judgeUnplanned({ decided: { decision }, ...asked }: DecidedRequest, judge: RequestJudge): Promise<Permissible> {
  const first = judge.judge(decision, { grants: judge.knownGrants(), planHashes: 'unplanned' })
  const verdict = first.kind === 'ask' ? judge.judge(decision, { grants: await judge.freshGrants(), planHashes: 'unplanned' }) : first
  return permissible(verdict, asked)
}

type Judging = Pick<ClassifiedRequest, 'classified' | 'caller' | 'askFirst'>

/** Under the prefix /ask, an approval of the exact operation is also asked for where a grant would do. */
function permissible(verdict: Verdict, { classified, caller, askFirst: asks }: Judging): Permissible {
  if (verdict.kind === 'deny' || (verdict.kind === 'ask' && verdict.for === 'grant' && asks === undefined))
    throw refusalOf(verdict, classified, caller.identity)
  return verdict
}

type Operation = { readonly asked: DecidedRequest; readonly prepared: Prepared; readonly judge: RequestJudge; readonly deps: AuthorizeDependencies }
type JudgedOperation = Judged & { readonly approved: { readonly plan: Plan; readonly planned: Planned } }

/** Returns the operation in the form that its approvers see. */
function plannedOf({ asked, prepared, judge, deps }: Operation, { decision, policies }: Decided): Planned {
  return {
    asked,
    decision,
    policies,
    digest: judge.digest(),
    sends: prepared.body,
    outgoing: prepared.trial ?? prepared.body,
    mayRead: (path, query) => mayRead(readOf(asked, path, query), policies, deps),
  }
}

/** Plans what an operation would change now, and judges whether that was approved. */
async function judgeNow(operation: Operation, now: Decided): Promise<JudgedOperation> {
  const { judge, deps } = operation
  const planned = plannedOf(operation, now)
  const plan = await makePlan(planned, deps, 'check')
  const grants = await judge.freshGrants()
  const { decision } = now
  return {
    approved: { plan, planned },
    verdict: judge.judge(decision, { grants, planHashes: plan.hashes }),
    wasApproved: () => judge.judge(decision, { grants, planHashes: 'unplanned' }).kind === 'allow',
  }
}

const isSuspended = (asked: DecidedRequest, deps: AuthorizeDependencies): boolean =>
  decideAbout(asked, deps.view.policies(), deps).decision.suspended !== undefined

/**
 * Waits for the approval of an operation, unless its agent is suspended meanwhile, or the gateway ends the wait. @throws StatusError with the
 * suspension or the ending, although the client seems to have left to the hold
 */
async function waitForPermit(operation: Operation): Promise<Authorization> {
  const { asked, deps } = operation
  const { signal, release } = deps.livePermits.watch({
    grants: [],
    grantsExpireAtMs: Infinity,
    tokenExpiresAtMs: Infinity,
    allowed: () => !isSuspended(asked, deps),
  })
  try {
    return await approvedPermit({ ...operation, asked: { ...asked, gone: AbortSignal.any([asked.gone, signal]) } })
  } catch (error) {
    // Otherwise the error stands: to decide again could replace a denial by an error.
    if (!signal.aborted) throw error
    const { decision } = decideAbout(asked, deps.view.policies(), deps)
    if (decision.suspended !== undefined) throw refusalOf({ kind: 'deny', decision }, asked.classified, asked.caller.identity)
    throw endingError('the wait for an approval', signal.reason)
  } finally {
    release()
  }
}

async function approvedPermit(operation: Operation): Promise<Authorization> {
  const { asked, prepared, deps } = operation
  const { permit, approved } = await awaitApproval(
    { ...plannedOf(operation, asked.decided), timeoutMs: holdMs(asked.decided) },
    // The policies and the object may have changed during the wait. Their state after the wait counts.
    { hold: deps.hold, judgeNow: async () => judgeNow(operation, await decideNow(asked, prepared, deps)) },
  )
  // The policies may have changed while the plan was made. How they mask counts from now on.
  return { permit, decided: decideAbout(asked, deps.view.policies(), deps), waited: true, approved }
}

/** Files the request of an operation that is only asked for. @throws StatusError always */
async function askOnly(verdict: Permissible, operation: Operation): Promise<never> {
  const { asked, deps } = operation
  const held = { ...plannedOf(operation, asked.decided), timeoutMs: 0 }
  const judge = async (): Promise<Verdict> => permissible((await judgeNow(operation, asked.decided)).verdict, asked)
  return await askFirst(verdict, held, { hold: deps.hold, judge })
}

/** Turns a verdict into a permit, and waits for the approval of this exact operation if the policies require it. @throws StatusError when it is refused */
export async function authorize(verdict: Permissible, operation: Operation): Promise<Authorization> {
  const { asked } = operation
  const { decided } = asked
  if (isOnlyAsked(asked, verdict)) return askOnly(verdict, operation)
  if (verdict.kind === 'ask') return waitForPermit(operation)
  if (verdict.permit.grant?.bound !== true) return { permit: verdict.permit, decided, waited: false }
  const judged = await judgeNow(operation, decided)
  const planned = permissible(judged.verdict, asked)
  if (planned.kind === 'ask') return waitForPermit(operation)
  const { permit } = planned
  // It may also be covered by a grant that is not bound to an operation, whatever it changes.
  return { permit, decided, waited: false, ...(permit.grant?.bound === true ? { approved: judged.approved } : {}) }
}
