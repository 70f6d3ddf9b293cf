import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { endedReveal, revealedBy } from '../../domain/grant/reveals.ts'
import { isEndless } from '../classify/may-last.ts'
import type { ClassifiedRequest, Permitted } from '../steps.ts'
import { authorize, judgeUnplanned, type AuthorizeDependencies } from './authorize.ts'
import { refuseDeniedCreate } from './body/denied-create.ts'
import { outgoingOf } from './body/outgoing.ts'
import { prepareBody } from './body/prepare-body.ts'
import { createRequestJudge } from './request-judge.ts'
import { refuseMissingReveals } from './reveal-asks.ts'
import { watchPermit, type WatchDependencies } from './watch-permit.ts'
import type { Weighed } from './weigh-power.ts'

export type PermitDependencies = AuthorizeDependencies & WatchDependencies

/** Returns what grants reveal to the caller in the response. Reveals end when their policy no longer governs the caller. */
function revealsIn(
  { caller: { identity }, classified }: ClassifiedRequest,
  policies: readonly AccessPolicy[],
  { view, clock, cluster }: PermitDependencies,
): Pick<Permitted, 'revealed' | 'masksAgain'> {
  const governing = new Set(policies.map(({ metadata }) => metadata.name))
  const grants = view.grantsOf(identity.username).filter(({ spec }) => governing.has(spec.policy))
  const live = { identity, nowMs: clock.nowMs(), ...(cluster === undefined ? {} : { cluster }) }
  const revealed = revealedBy(grants, classified, live)
  const masksAgain = revealed === undefined ? endedReveal(grants, classified, live) : undefined
  return { revealed, ...(masksAgain === undefined ? {} : { masksAgain }) }
}

/**
 * Last part of the step `decide`. Judges a decided request by the grants, and waits in the step `hold` where the policies require an approval.
 * @throws StatusError 403 with the command that helps, 422 for a masked value, 503 when no decision is possible
 */
export async function permit({ prepared, ...asked }: Weighed, deps: PermitDependencies): Promise<Permitted> {
  const judge = createRequestJudge(asked, deps)
  const verdict = await judgeUnplanned(asked, judge)
  await refuseMissingReveals(asked, asked.decided.policies, deps)
  // Preparing a body costs time, so it happens only for callers that may send it, and before an approver is asked. A preview uses the substitute
  // values of a trial, which have the same shape; if it fails, the agent gets the error at once.
  const shown = prepared ?? (await prepareBody(asked, asked.decided.policies, deps))
  const authorization = await authorize(verdict, { asked, prepared: shown, judge, deps })
  const {
    permit: permitted,
    decided: { policies },
  } = authorization
  await refuseDeniedCreate(asked, { permit: permitted, policies, prepared: shown }, deps)
  const outgoing = await outgoingOf(shown, asked, { authorization, deps })
  // A read of an operation that is only asked for takes no use, so it reveals nothing.
  const reveals = asked.askFirst === undefined ? revealsIn(asked, policies, deps) : { revealed: undefined }
  const { signal, release } = watchPermit(asked, { permit: permitted, policies, ...reveals }, deps)
  return { ...asked, permit: permitted, policies, ...outgoing, ...reveals, endless: isEndless(asked), ending: signal, release }
}
