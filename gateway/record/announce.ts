import { refusalOf } from '../../domain/grant/refusal.ts'
import type { Recorder } from '../../domain/record/recorder.ts'
import type { PermitGrant } from '../../domain/permit.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Claim } from '../grants/claim.ts'
import type { Limits } from '../limits.ts'
import { endingError } from '../decide/endings.ts'
import type { Announced, Permitted } from '../steps.ts'
import { intentOf } from './events.ts'

export type AnnounceDependencies = {
  readonly recorder: Recorder
  readonly claim: Claim
  readonly limits: Pick<Limits, 'records'>
}

/** Whether the request is allowed only by its grant, so that it must take a use. */
function needsUse({ permit: { decision, grant }, dryRun }: Permitted): boolean {
  return grant !== undefined && decision.effect !== 'Allow' && !decision.shadow && !dryRun
}

/** Claims a use. Without a use limit the claim only updates the status, so jit-apiserver may be unavailable: see ARCHITECTURE.md. */
async function claimed({ name, counted }: PermitGrant, auditID: string, claim: Claim): Promise<boolean> {
  try {
    return await claim(name, auditID)
  } catch (error) {
    if (!counted && error instanceof StatusError && error.code === 503) return true
    throw error
  }
}

async function takeUse(permitted: Permitted, claim: Claim): Promise<void> {
  const { permit, auditID, classified, caller } = permitted
  if (permit.grant === undefined || (await claimed(permit.grant, auditID, claim))) return
  const wanted = permit.decision.effect === 'RequireApproval' ? 'approval' : 'grant'
  throw refusalOf({ kind: 'ask', for: wanted, decision: permit.decision }, classified, caller.identity)
}

/** Claims a use of the reveal grant. Without one, the values are masked as they would be without the grant. */
async function takeReveal({ revealed, masksAgain, auditID }: Permitted, claim: Claim): Promise<Pick<Permitted, 'revealed' | 'masksAgain'>> {
  if (revealed === undefined || (await claim(revealed.grant, auditID))) return { revealed, ...(masksAgain === undefined ? {} : { masksAgain }) }
  // Another request took the last use, and the watch event has not arrived yet.
  return { revealed: undefined, masksAgain: { ...revealed, ended: 'Exhausted' } }
}

/** Whether the record may be lost to a power failure within milliseconds: the request changes nothing and reveals nothing. docs/decisions/0011. */
const onlyReads = ({ classified, permit, revealed, upgrade }: Permitted): boolean =>
  classified.power === 'read' && permit.grant === undefined && revealed === undefined && upgrade === undefined

/**
 * First half of step 8, before anything is sent: records the intent and takes the use that the request needs.
 * @throws StatusError TooManyRequests when the identity exceeds its record budget, ServiceUnavailable when the intent cannot be recorded, Forbidden
 * when another request took the last use; what endingError returns when the permit has ended
 */
export async function announce(permitted: Permitted, { recorder, claim, limits }: AnnounceDependencies): Promise<Announced> {
  const intent = intentOf(permitted)
  limits.records.intent(intent.user, intent)
  try {
    await (onlyReads(permitted) ? recorder.note(intent) : recorder.record(intent))
  } catch (cause) {
    throw new StatusError('ServiceUnavailable', 'the request cannot be recorded, so it is not done', { cause, details: { retryAfterSeconds: 5 } })
  }
  if (needsUse(permitted)) await takeUse(permitted, claim)
  const reveals = await takeReveal(permitted, claim)
  // The permit may have ended during the awaits above.
  if (permitted.ending.aborted) throw endingError('the request before anything was done', permitted.ending.reason)
  return { ...permitted, ...reveals, announced: true }
}
