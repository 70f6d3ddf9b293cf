/** Explains the reason of a cause: its meaning, and what the reader can do. docs/reference/refusals.md lists these texts. */
type Explained = { readonly from: 'jit-access' | 'Kubernetes'; readonly means: string; readonly todo: string }

const ours = (means: string, todo: string): Explained => ({ from: 'jit-access', means, todo })
const known = (means: string, todo: string): Explained => ({ from: 'Kubernetes', means, todo })

const CORRECT = 'Correct the field that `field` names.'

/** Every `details.causes[].reason` that jit-access servers return. Some are CauseTypes of meta/v1. */
export const CAUSE_REASONS = {
  AccessPolicy: ours('The policy that decided; its name is the message.', 'Tells an admin where to look.'),
  AccessPolicyRule: ours('The rule of that policy that decided; `default` when none matched.', 'Tells an admin where to look.'),
  AccessPolicyEffect: ours(
    'What the rule says: `Allow`, `RequireGrant`, `RequireApproval` or `Deny`.',
    'After `Deny`, do not request access: no grant can allow it.',
  ),
  PowerGained: ours(
    'A power that the write adds to a workload; one cause for each power. Such a write needs more than an ordinary write; gains.md lists the powers.',
    'Remove the power if it is not needed. Otherwise, send the write through the gateway, and wait.',
  ),
  GrantRequired: ours('No live grant covers the request. The message is the command that requests one.', 'Run it: `kubectl create accessrequest …`.'),
  ApprovalRequired: ours('This exact operation needs an approval, which only the gateway can request.', 'Send it through the gateway, and wait.'),
  ApprovalDenied: ours('An approver denied the held operation; the message says why.', 'Do what the reason says; do not repeat it unchanged.'),
  ApprovalTimedOut: ours(
    'The operation was not approved before its hold timed out. Its request stays open until its pending TTL.',
    'Repeat the same command: it waits for the same request, and runs once when the request is approved.',
  ),
  ApprovalRequested: ours(
    'The operation was only asked for, under the path prefix `/ask`: nothing was done. The message is its AccessRequest, which waits.',
    'Wait: `kubectl wait --for=condition=Approved accessrequest/NAME`. Then run the command itself: it goes through once.',
  ),
  NothingRun: ours(
    'The operation was only asked for, under the path prefix `/ask`, and is allowed already: nothing was done, and no request was filed.',
    'Run the command itself.',
  ),
  TokenEnded: ours('The token expired while the operation waited for approval.', 'Repeat the same command with a new token.'),
  ApprovalWithdrawn: ours('The request of the operation was withdrawn while the operation waited.', 'Repeat it if it is still needed.'),
  ApprovalFailed: ours('The request of the operation was deleted or failed.', 'Repeat it; tell an admin if it happens again.'),
  ApprovalSpent: ours(
    'The approval was used or has expired, or the operation would now change something other than what was approved.',
    'Repeat it: it waits for a new approval.',
  ),
  TooManyHeld: ours('Too many operations already wait for approval.', 'Wait until some are decided; see Retry-After.'),
  TooManyPending: ours(
    'The requester has reached the policy limit of undecided requests (`spec.requests.maxPending`).',
    'Wait until some are decided or expire; see Retry-After.',
  ),
  TooManyThisHour: ours(
    'The requester has reached the policy limit of requests in an hour (`spec.requests.perHour`).',
    'Wait for as long as the message says. Request everything that is needed in one request.',
  ),
  AlreadyPending: ours(
    'The requester already asks for the same access. The message is the name of that request, which waits for a decision.',
    'Wait for it. To ask in other words, withdraw it first.',
  ),
  IdempotencyKeyReused: ours('The idempotency key belongs to a request for other access, which the message names.', 'Choose another key.'),
  Ungoverned: ours(
    'No policy governs the identity, so every request is refused.',
    'An admin adds it, or one of its groups, to `spec.subjects` of a policy.',
  ),
  Suspended: ours(
    'A human has suspended the identity by the AccessSuspension in the message, so every request of it is refused.',
    'Stop. Repeat nothing and request nothing until a human has lifted the suspension.',
  ),
  ImpersonationForbidden: ours(
    'The gateway may not impersonate the groups of the policy in the message. The installation is misconfigured; the request was not denied by policy.',
    'An admin runs the command that `kubectl describe accesspolicy NAME` shows.',
  ),
  BeyondGateway: ours(
    'The policies allow it, but the gateway may not do it on behalf of any agent.',
    'An admin adds the verb in the message to the permissions of jit-impersonator, if agents should be able to do it.',
  ),
  Governed: ours('Governed identities may not do this to jit.access/v1 itself.', 'A user that no policy governs does it.'),
  CertifyRequired: ours(
    'The reviewer may not certify under the policy in the message, in the namespace in `field`.',
    'Bind `jit-certifier` there, or let another approver decide.',
  ),
  ApprovalNotNeeded: ours(
    'The approval of this reviewer would not count. The message says which approvals are missing.',
    'Let a member of one of these groups approve.',
  ),
  PasskeyRequired: ours(
    'A policy requires that approvals of this risk carry a passkey (`spec.approvals.passkey`). The message is the page of the request in the console, where one is configured.',
    'Approve it there, with a passkey that was confirmed before. A denial needs none.',
  ),
  PasskeyRejected: ours(
    'The assertion of the passkey is not valid for this approval; the message says why.',
    'Open the request again and approve it again. If it is not yours, tell an admin.',
  ),
  ApproverKeyUnusable: ours(
    'The key does not count: it is unknown, of another user, not confirmed, or revoked. The message is its name.',
    'Use another key, or let an admin confirm it: `kubectl certify keys confirm NAME`.',
  ),
  TooManyKeys: ours(
    'The user has as many ApproverKeys as possible, or as many that are not confirmed.',
    'Remove one, or let an admin confirm those that wait.',
  ),
  OutsideWindow: ours(
    'Requests are created and approved only inside the windows of the policy (`spec.approvals.windows`), and none is open. The message is the name of one of them.',
    'Send it again at the time of the cause `OpensAt`.',
  ),
  Frozen: ours(
    'A freeze of the policy holds (`spec.approvals.windows`), so no request is created or approved; or the request would start in one. The message is the name of the window.',
    'Send it again at the time of the cause `OpensAt`, or choose a later start. Live grants go on.',
  ),
  WindowUnreadable: ours(
    'The server cannot read the window of the policy in the message, for example because it does not know its time zone, so the policy is closed.',
    'An admin corrects it; `kubectl certify policy lint NAME` says what is wrong.',
  ),
  OpensAt: ours(
    'The first time at which all policies of the requester are open; with the field `spec.notBefore`, the first possible start.',
    'Wait until then, or start then.',
  ),
  BreakGlassNotAllowed: ours(
    'The policy in the message does not let the requester use break-glass (`spec.approvals.breakGlass`).',
    'Request the access without break-glass, and wait for an approver.',
  ),
  BreakGlassUnreviewed: ours(
    'An earlier use of break-glass by the same user is not reviewed yet; the BreakGlassReview is the message.',
    'A reviewer decides it: `kubectl certify review NAME`. Until then, request the access without break-glass.',
  ),
  TooManyBreakGlass: ours(
    'The requester, or all users of its policy together, have used break-glass as often as the policy allows in 24 hours (`spec.approvals.breakGlass.perDay` and `totalPerDay`).',
    'Request the access without break-glass, and wait for an approver.',
  ),
  Unreviewed: ours('The review is not decided, so it cannot be deleted.', 'Decide it: `kubectl certify review NAME`.'),
  Justified: ours('The review was decided before: the use was justified.', 'Nothing.'),
  Unjustified: ours('The review was decided before: the use was not justified.', 'Nothing.'),
  Approved: ours('The request is already approved.', 'Nothing.'),
  Denied: ours('The request was denied before.', 'Make a new request.'),
  Withdrawn: ours('The request was withdrawn.', 'Make a new request.'),
  Expired: ours('The request or the grant has expired.', 'Make a new request.'),
  Failed: ours('The request failed.', 'Make a new request.'),
  GrantGone: ours('The grant that the request extends was deleted.', 'Request the access again, without `spec.extends`.'),
  TransferNotAllowed: ours('The grant may not be transferred, or not to this receiver.', 'Let the receiver request access of its own.'),
  Exhausted: ours('Every use of the grant is taken.', 'Make a new request.'),
  Revoked: ours('A user revoked the grant.', 'Find out why before you request it again.'),
  NotYetValid: ours('The grant is not valid yet.', 'Wait until `spec.notBefore`.'),
  FieldValueRequired: known('A field is missing.', CORRECT),
  FieldValueInvalid: known('A value is not one that the field can have.', CORRECT),
  FieldValueForbidden: known('You may not set the field, or not here.', CORRECT),
  FieldValueNotSupported: known('A value is not one of the listed values.', CORRECT),
  FieldValueDuplicate: known('A value appears twice.', CORRECT),
  FieldValueTooLong: known('A value is too long.', CORRECT),
  FieldValueTooMany: known('A list is too long.', CORRECT),
  FieldValueTypeInvalid: known('A value has the wrong type.', CORRECT),
  FieldManagerConflict: known('Server-side apply: another manager owns the field.', 'Remove the field, or use `--force-conflicts`.'),
  ResourceVersionTooLarge: known('The requested resource version is not available yet.', 'Repeat it; see Retry-After.'),
} as const satisfies { readonly [reason: string]: Explained }

export type CauseReason = keyof typeof CAUSE_REASONS
