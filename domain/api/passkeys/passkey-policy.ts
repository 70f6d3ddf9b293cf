/** `spec.approvals.passkey` of a policy. */
export const passkeyPolicySchema = {
  type: 'object',
  description:
    'Which approvals need a passkey of the approver. Such an approval carries a WebAuthn assertion over what is approved, which the server verifies against a confirmed ApproverKey. No rule of autoApprove approves what needs a passkey, and break-glass does not grant it. A denial and a revocation need none. When several policies govern the requester, the lowest risk applies. Optional. Defaults to no approval.',
  required: ['requiredFor'],
  properties: {
    requiredFor: {
      type: 'string',
      enum: ['Low', 'Medium', 'High', 'Critical'],
      description: 'Lowest risk of a request whose approvals need a passkey; higher risks need one too. Required.',
    },
  },
} as const
