import type { Permit, Verdict } from '../../domain/permit.ts'
import { StatusError } from '../../domain/status-error.ts'
import { leftApprovedError, planChangedError, tokenExpiredError } from '../hold/hold-errors.ts'
import { refusalOfOutcome } from '../hold/refusal-of-outcome.ts'
import type { Held, Hold, HoldOutcome } from '../ports.ts'

/** A verdict on an operation, with what it would change now. */
export type Judged = {
  readonly verdict: Verdict
  /** Whether a grant covers the operation, whatever it would change. */
  readonly wasApproved: () => boolean
}

/** The token may have expired or been revoked during the wait. @throws StatusError Unauthorized */
async function checkToken({ name, request }: HoldOutcome, held: Held): Promise<void> {
  try {
    await held.asked.authenticateAgain()
  } catch (error) {
    if (error instanceof StatusError && error.code === 401) throw tokenExpiredError(held, name, { request, approved: true })
    throw error
  }
}

/** Every check after the wait must pass. A client that left can repeat the operation: no use was taken. */
async function judgeAgain<J extends Judged>(outcome: HoldOutcome, held: Held, by: Approving<J>): Promise<J & { readonly permit: Permit }> {
  const { name } = outcome
  if (outcome.phase !== 'Approved') throw refusalOfOutcome(outcome, held)
  await checkToken(outcome, held)
  const judged = await by.judgeNow()
  const { verdict } = judged
  // What it would change now is not what was approved: it is not executed, and a new request is filed.
  if (verdict.kind === 'ask' && judged.wasApproved()) throw planChangedError(held, name, await by.hold.fileAgain(held))
  if (held.asked.gone.aborted) throw leftApprovedError(held, name)
  if (verdict.kind !== 'allow') throw refusalOfOutcome(outcome, held)
  return { ...judged, permit: verdict.permit }
}

type Approving<J extends Judged> = {
  readonly hold: Hold
  /** Judges the operation by the current policies and grants, and by what it would change now. */
  readonly judgeNow: () => Promise<J>
}

/**
 * Calls the step `hold`, which waits for the approval of an operation, and judges the operation again afterwards.
 * @throws StatusError when it is not approved, when its token has ended, when it would change something else than was approved, when its client has
 * left, or when no grant covers it now
 */
export async function awaitApproval<J extends Judged>(held: Held, by: Approving<J>): Promise<J & { readonly permit: Permit }> {
  const outcome = await by.hold.wait(held)
  try {
    return await judgeAgain(outcome, held, by)
  } catch (error) {
    if (error instanceof StatusError) by.hold.keepRefusal(held, error)
    throw error
  }
}
