import { isInForce, type AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { SUSPENSIONS_PATH } from '../../../domain/api/names.ts'
import { suspensionText } from '../../../domain/doctor/suspension-findings.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { cut } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'

const WIDTH = 160
const MAX_SHOWN = 5

/** The suspensions in force; undefined when the caller may not list them, or the server does not serve them. */
export async function suspensionsInForce(io: IO): Promise<readonly AccessSuspension[] | undefined> {
  try {
    const { items } = await io.kubectl.get<{ readonly items: readonly AccessSuspension[] }>(SUSPENSIONS_PATH)
    return items.filter(isInForce)
  } catch (error) {
    if (error instanceof KubectlError) return undefined
    throw error
  }
}

/** One line for each suspension: whom it stops, who made it and why. */
export const describeSuspension = (suspension: AccessSuspension): string => cut(suspensionText(suspension), WIDTH)

/** Lines that tell an approver what is suspended. None when the caller may not know: the inbox works without that right. */
export async function suspensionNotes(io: IO): Promise<readonly string[]> {
  const inForce = (await suspensionsInForce(io)) ?? []
  const shown = inForce.slice(0, MAX_SHOWN).map((suspension) => `Suspended: ${describeSuspension(suspension)}`)
  return inForce.length > MAX_SHOWN ? [...shown, `Suspended: ${inForce.length - MAX_SHOWN} more, see: kubectl get accesssuspensions`] : shown
}
