import type { AccessRequest, AccessRequestStatus } from '../api/access-request.ts'
import type { Assertion } from '../api/passkeys/assertion.ts'

/** The decision of a reviewer, as they want it. */
export type ApprovalDecision = {
  readonly type: 'Approved' | 'Denied'
  readonly message: string | undefined
  readonly narrowed: AccessRequestStatus['narrowed']
  /** Approves even if the plan was too long to be shown completely. Optional. Defaults to false. */
  readonly unseen?: boolean
  /** Assertion of the approver's passkey. Optional. Defaults to none. */
  readonly passkey?: Assertion
}

/** The content that a decision is based on, as text. When it changes, the reviewer has to decide again. */
export const basisOf = ({ metadata, spec, status }: AccessRequest): string =>
  JSON.stringify([metadata.uid, spec, status?.conditions ?? [], status?.reviews ?? [], status?.narrowed ?? null])

/** The request with a decision, as `accessrequests/NAME/approval` takes it. `reason`: of the condition, which names the program. */
export function withDecision(
  request: AccessRequest,
  { type, message, narrowed, unseen = false, passkey }: ApprovalDecision,
  reason: string,
): AccessRequest {
  const condition = { type, status: 'True', reason, ...(message === undefined ? {} : { message }) } as const
  return {
    ...request,
    status: {
      ...request.status,
      conditions: [...(request.status?.conditions ?? []), condition],
      ...(narrowed === undefined ? {} : { narrowed }),
      ...(unseen ? { unseen } : {}),
      ...(passkey === undefined ? {} : { passkey }),
    },
  }
}
