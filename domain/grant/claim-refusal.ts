import type { CauseReason } from '../cause-reasons.ts'
import { saysAbsent, StatusError } from '../status-error.ts'

const ENDED: ReadonlySet<string> = new Set<CauseReason>(['Expired', 'Exhausted', 'Revoked', 'NotYetValid', 'Suspended'])

/**
 * Whether jit-apiserver refused a claim because the grant gives no use: it has ended or was deleted, or its subject is suspended. Everything else is an
 * error and no denial, such as a conflict with other claims, a claimer without the right to claim, or the 404 of kube-apiserver while it serves no
 * jit.access.
 */
export function refusesClaim(error: unknown, grant: string): boolean {
  if (!(error instanceof StatusError)) return false
  return (
    saysAbsent(error, { resource: 'accessgrants', name: grant }) ||
    (error.code === 409 && (error.details?.causes ?? []).some(({ reason }) => ENDED.has(reason)))
  )
}

/** Whether a claim failed only because other claims of the same grant came first, so that it can be repeated. */
export const isClaimConflict = (error: unknown, grant: string): boolean =>
  error instanceof StatusError && error.code === 409 && !refusesClaim(error, grant)
