import { judge } from '../../domain/grant/judge.ts'
import { refusalOf } from '../../domain/grant/refusal.ts'
import { useClassOf } from '../../domain/grant/use-class.ts'
import type { Permit, PermitGrant } from '../../domain/permit.ts'
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

/**
 * Claims a use. Without a use limit the claim only updates the status, so jit-apiserver may be unavailable: see ARCHITECTURE.md. In Shadow mode a use
 * that cannot be taken is not one that the request needs.
 */
async function claimed(
  { name, counted }: PermitGrant,
  { auditID, permit: { classified, decision } }: Pick<Permitted, 'auditID' | 'permit'>,
  claim: Claim,
): Promise<boolean> {
  try {
    return await claim(name, auditID, { useClass: useClassOf(classified) })
  } catch (error) {
    const isUnavailable = error instanceof StatusError && error.code === 503
    if (isUnavailable && (!counted || decision.shadow)) return !counted
    throw error
  }
}

/**
 * Claims a use of the grant that permits the request. Without one the request is judged without the grant: in Shadow mode it passes, with fewer rights.
 * @throws StatusError Forbidden when another request took the last use
 */
async function takePermitUse(permitted: Permitted, claim: Claim): Promise<Permit> {
  const { permit, caller, arrivedMs } = permitted
  const { grant, classified, decision } = permit
  if (grant === undefined || (await claimed(grant, permitted, claim))) return permit
  const verdict = judge({ classified, identity: caller.identity, decision, grants: [], nowMs: arrivedMs })
  if (verdict.kind === 'allow') return verdict.permit
  throw refusalOf(verdict, classified, caller.identity)
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
  const permit = needsUse(recorded) ? await takePermitUse(recorded, claim) : recorded.permit
  const reveals = await takeRevealUse(recorded, claim)
  // The permit may have ended while the intent was recorded and the use was taken.
  if (recorded.ending.aborted) throw endingError('the request before anything was done', recorded.ending.reason)
  return { ...recorded, ...reveals, permit, announced: true }
}
