/** A reason that a cause of a refusal may have: what it means, and what whoever reads it can do. docs/reference/refusals.md is made of this. */
type Explained = { readonly from: 'jit-access' | 'Kubernetes'; readonly means: string; readonly todo: string }

const ours = (means: string, todo: string): Explained => ({ from: 'jit-access', means, todo })
const known = (means: string, todo: string): Explained => ({ from: 'Kubernetes', means, todo })

const CORRECT = 'Correct the field that `field` names.'

/** Every `details.causes[].reason` that our servers give. A number of them are CauseTypes of meta/v1. */
export const CAUSE_REASONS = {
  AccessPolicy: ours('The policy that decided; its name is the message.', 'Tells an admin where to look.'),
  AccessPolicyRule: ours('The rule of that policy that decided; `default` when none matched.', 'Tells an admin where to look.'),
  AccessPolicyEffect: ours(
    'What the rule says: `Allow`, `RequireGrant`, `RequireApproval` or `Deny`.',
    'After `Deny` do not ask: no grant can allow it.',
  ),
  PowerGained: ours(
    'A power that the write gives to a workload and that it did not have, one cause a power. Such a write is more than an ordinary one; gains.md lists the powers.',
    'Leave the power out if it is not needed. If it is, do it through the gateway, and wait.',
  ),
  GrantRequired: ours(
    'No live grant covers the request. The message is the command that asks for one.',
    'Type it: `kubectl create accessrequest …`.',
  ),
  ApprovalRequired: ours('This very operation needs an approval, which only the gateway can ask for.', 'Do it through the gateway, and wait.'),
  ApprovalDenied: ours('A human denied the operation that waited; the message says why.', 'Do what the reason says; do not repeat it unchanged.'),
  ApprovalTimedOut: ours(
    'The operation was not approved in the time that it could wait. Its request stays open until its pending TTL.',
    'Repeat the same command: it waits for the same request, and goes through once when that is approved.',
  ),
  TokenEnded: ours('The token ended while the operation waited for approval.', 'Repeat the same command with a new token.'),
  ApprovalWithdrawn: ours('The request of the operation was withdrawn while it waited.', 'Repeat it if it is still wanted.'),
  ApprovalFailed: ours('The request of the operation was deleted or failed.', 'Repeat it; tell an admin if it happens again.'),
  ApprovalSpent: ours(
    'The approval was there, and its one use was taken or has ended; or what the operation would change is not what was approved.',
    'Repeat it: it waits for an approval of its own.',
  ),
  TooManyHeld: ours('Too many operations wait for a human already.', 'Wait until some are decided; see Retry-After.'),
  TooManyPending: ours(
    'The requester has as many undecided requests as the policy lets it have (`spec.requests.maxPending`).',
    'Wait until some are decided or expire; see Retry-After.',
  ),
  TooManyThisHour: ours(
    'The requester has made as many requests in the last hour as the policy lets it make (`spec.requests.perHour`).',
    'Wait for as long as the message says. Ask for what is needed by one request.',
  ),
  Ungoverned: ours(
    'No policy governs the identity, so nothing is let through.',
    'An admin names it, or a group of it, in `spec.subjects` of a policy.',
  ),
  ImpersonationForbidden: ours(
    'The gateway may not act with the groups of the policy in the message. An error of the installation, and no refusal.',
    'An admin pastes the line that `kubectl describe accesspolicy NAME` shows.',
  ),
  BeyondGateway: ours(
    'The policies let it pass, and the gateway may not do it in the name of any agent.',
    'An admin adds the verb in the message to what jit-impersonator may do, if agents should be able to.',
  ),
  Governed: ours('Whom a policy governs may not do this to jit.access/v1 itself.', 'Somebody whom no policy governs does it.'),
  CertifyRequired: ours(
    'The reviewer may not certify under the policy in the message, in the namespace in `field`.',
    'Bind `jit-certifier` there, or let another approver decide.',
  ),
  Approved: ours('The request is approved already.', 'Nothing.'),
  Denied: ours('The request was denied before.', 'Make a new request.'),
  Withdrawn: ours('The request was withdrawn.', 'Make a new request.'),
  Expired: ours('The request or the grant has ended by time.', 'Make a new request.'),
  Failed: ours('The request failed.', 'Make a new request.'),
  Exhausted: ours('Every use of the grant is taken.', 'Make a new request.'),
  Revoked: ours('A human ended the grant.', 'Ask why before you ask again.'),
  NotYetValid: ours('The grant does not hold yet.', 'Wait until `spec.notBefore`.'),
  FieldValueRequired: known('A field is missing.', CORRECT),
  FieldValueInvalid: known('A value is not one that the field can have.', CORRECT),
  FieldValueForbidden: known('A field may not be set by you, or not here.', CORRECT),
  FieldValueNotSupported: known('A value is none of those that are listed.', CORRECT),
  FieldValueDuplicate: known('A value is there twice.', CORRECT),
  FieldValueTooLong: known('A value is too long.', CORRECT),
  FieldValueTooMany: known('A list is too long.', CORRECT),
  FieldValueTypeInvalid: known('A value has another type.', CORRECT),
  FieldManagerConflict: known('Server-side apply: another manager owns the field.', 'Leave the field out, or `--force-conflicts`.'),
  ResourceVersionTooLarge: known('The version that was asked for is not known here yet.', 'Repeat it; see Retry-After.'),
} as const satisfies { readonly [reason: string]: Explained }

export type CauseReason = keyof typeof CAUSE_REASONS
