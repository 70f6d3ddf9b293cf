import type { ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'

/** The key with the condition that confirms or revokes it. */
export const withCondition = (key: ApproverKey, type: 'Confirmed' | 'Revoked', message: string | undefined): ApproverKey => ({
  ...key,
  status: {
    ...key.status,
    conditions: [
      ...(key.status?.conditions ?? []),
      { type, status: 'True', reason: 'KubectlCertify', ...(message === undefined ? {} : { message }) },
    ],
  },
})
