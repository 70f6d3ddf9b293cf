import { refusalOf } from '../../domain/grant/refusal.ts'
import { useClassOf } from '../../domain/grant/use-class.ts'
import type { PermitGrant } from '../../domain/permit.ts'
import { StatusError } from '../../domain/status-error.ts'
import { endingError } from '../decide/endings.ts'
import type { Announced, Permitted, Recorded } from '../steps.ts'
import type { Claim } from './claim.ts'

/**
 * Whether the request has more rights by its grant, so that it must take a use. In Shadow mode too: it could do without the grant, but wears the
 * elevated group of it.
 */
function needsUse({ permit: { decision, grant }, dryRun }: Permitted): boolean {
  return grant !== undefined && decision.effect !== 'Allow' && !dryRun
}

/** Claims a use. Without a use limit the claim only updates the status, so jit-apiserver may be unavailable: see ARCHITECTURE.md. */
async function claimed(
  { name, counted }: PermitGrant,
  { auditID, classified }: Pick<Permitted, 'auditID' | 'classified'>,
  claim: Claim,
): Promise<boolean> {
  try {
    return await claim(name, auditID, { useClass: useClassOf(classified) })
  } catch (error) {
    if (!counted && error instanceof StatusError && error.code === 503) return true
    throw error
  }
}

/** Claims a use of the grant that permits the request. @throws StatusError Forbidden when another request took the last one */
async function takePermitUse(permitted: Permitted, claim: Claim): Promise<void> {
  const { permit, classified, caller } = permitted
  if (permit.grant === undefined || (await claimed(permit.grant, permitted, claim))) return
  const wanted = permit.decision.effect === 'RequireApproval' ? 'approval' : 'grant'
  throw refusalOf({ kind: 'ask', for: wanted, decision: permit.decision }, classified, caller.identity)
}

/** Claims a use of the reveal grant. Without one, the values are masked as they would be without the grant. */
async function takeRevealUse({ revealed, masksAgain, auditID }: Permitted, claim: Claim): Promise<Pick<Permitted, 'revealed' | 'masksAgain'>> {
  if (revealed === undefined || (await claim(revealed.grant, auditID, { useClass: 'read' })))
    return { revealed, ...(masksAgain === undefined ? {} : { masksAgain }) }
  // Another request took the last use, and the watch event has not arrived yet.
  return { revealed: undefined, masksAgain: { ...revealed, ended: 'Exhausted' } }
}

/**
 * The step `take use`. Takes the uses that a recorded request needs: of the grant that permits it, and of the grant that reveals values in its
 * response. Taken after the intent is recorded, so that no use is taken without a record; a use that is taken for a request that then fails is lost.
 * @throws StatusError Forbidden when another request took the last use, ServiceUnavailable when it is unknown whether a use was taken; what
 * endingError returns when the permit has ended
 */
export async function takeUse(recorded: Recorded, { claim }: { readonly claim: Claim }): Promise<Announced> {
  if (needsUse(recorded)) await takePermitUse(recorded, claim)
  const reveals = await takeRevealUse(recorded, claim)
  // The permit may have ended while the intent was recorded and the use was taken.
  if (recorded.ending.aborted) throw endingError('the request before anything was done', recorded.ending.reason)
  return { ...recorded, ...reveals, announced: true }
}
