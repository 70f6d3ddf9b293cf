import { base64, choice, count, flag, optional, text, word, words, type Values } from './fields.ts'

const auditID = word('Audit ID of the request, as in claims, in the Kubernetes audit log and in the Audit-ID header of the response.', 128)
const session = word('Session of the agent, named by the gateway; replay selects by it. Absent when the caller is not authenticated.', 256)

const request = {
  method: word('HTTP method.', 32),
  path: word('Path without the query.', 8192),
  query: optional(text('Query as sent, without well-known tokens. Absent when there is none.', 8192)),
  verb: optional(word('Kubernetes verb that rules match. Absent when the request was not classified.', 64)),
  apiGroup: optional(word('API group, empty for the core group. Absent for non-resource requests.', 253)),
  apiVersion: optional(word('API version. Absent for non-resource requests.', 64)),
  resource: optional(word('Plural resource name. Absent for non-resource requests.', 253)),
  subresource: optional(word('Subresource. Absent when there is none.', 253)),
  namespace: optional(word('Namespace. Absent for cluster-scoped requests.', 253)),
  name: optional(word('Name of the object. Absent when there is none.', 1024)),
}

const decided = {
  effect: optional(choice('Effect of the policy. Absent when no policy decided.', ['Allow', 'RequireGrant', 'RequireApproval', 'Deny'])),
  policy: optional(word('AccessPolicy that decided. Absent when none did.', 253)),
  rule: optional(word('Rule of the policy; default when none matched. Absent when no policy decided.', 63)),
  risk: optional(choice('Risk of the request. Absent when it was not classified.', ['Low', 'Medium', 'High', 'Critical'])),
  gains: optional(words('Powers that the write gives to a workload; gains.md lists them. Absent when there are none.', 64)),
}

/** Every event with all of its fields. docs/reference/records.md lists the same. */
export const EVENTS = {
  'request.intent': {
    auditID,
    session,
    user: word('User name of the agent.'),
    issuer: optional(word("Issuer of the agent's token. Absent for a ServiceAccount token.", 2048)),
    address: optional(word('Network address of the client. Absent when unknown.', 64)),
    ...request,
    query: optional(text('Whole query as sent, without well-known tokens. Absent when there is none.', 196608)),
    ...decided,
    grant: optional(word('AccessGrant that covers the request. Absent when the policy allows it without one.', 253)),
    breakGlass: optional(flag('Whether the grant was made by break-glass, without an approver. Absent when it was not.')),
    reveal: optional(words('Keys that the grant shows unmasked, as namespace/secret:key. Absent when there are none.', 256)),
    dryRun: optional(flag('Whether the request is a dry run. Absent when it is not.')),
    shadow: optional(flag('Whether the request proceeds only because the policy is in Shadow mode. Absent when it does not.')),
  },
  'request.outcome': {
    auditID,
    session,
    ended: choice(
      'How the request ended. completed: the whole response was sent; aborted: the client disconnected; failed: upstream or the gateway ended it early.',
      ['completed', 'aborted', 'failed'],
    ),
    code: count('HTTP status that the client received; 0 when it received none.'),
    durationMs: count('Milliseconds since the request arrived.'),
    bytes: optional(count('Bytes of the response, after masking. Absent when unknown.')),
    masked: optional(count('Number of values masked in the response. Absent when unknown.')),
    message: optional(text('Why the request did not complete. Absent when it did.')),
  },
  'request.refused': {
    auditID,
    session: optional(session),
    user: optional(word('User, as the token names it. Absent when not authenticated.')),
    address: optional(word('Network address of the client. Absent when unknown.', 64)),
    method: optional(request.method),
    path: optional(request.path),
    query: request.query,
    verb: request.verb,
    apiGroup: request.apiGroup,
    apiVersion: request.apiVersion,
    resource: request.resource,
    subresource: request.subresource,
    namespace: request.namespace,
    name: request.name,
    ...decided,
    code: count('HTTP status of the refusal.'),
    reason: word('Reason of the Status, for example Forbidden, Unauthorized or BadRequest.', 128),
    message: optional(text('Message that the client received. Absent when the reason suffices.', 4096)),
  },
  'requests.unrecorded': {
    session,
    user: word('User that sent the requests.'),
    count: count(
      'Number of requests refused with 429 since the last such line and not recorded individually: the user filled the records too quickly.',
    ),
  },
  'hold.filed': {
    auditID,
    session,
    request: word('AccessRequest for the operation; an existing one when the agent repeats the operation.', 253),
    digest: word('SHA-256 of the operation, in hex.', 64),
    timeoutSeconds: count('Seconds that the operation may wait; 0 when it was only asked for, and nothing waits.'),
  },
  'hold.decided': {
    auditID,
    session,
    request: word('AccessRequest for the operation.', 253),
    decision: choice(
      'Result of the wait. TimedOut, Left (the client disconnected) and TokenExpired: the request stays open. Expired: its pending TTL is over. Withdrawn: by the requester. Failed: it was deleted.',
      ['Approved', 'Denied', 'TimedOut', 'Left', 'TokenExpired', 'Expired', 'Withdrawn', 'Failed'],
    ),
    grant: optional(word('AccessGrant that the approval created. Absent when not approved.', 253)),
    approvedBy: optional(words('Users that have approved so far, as set by jit-apiserver. Absent when there are none, or when unknown.')),
    deniedBy: optional(words('User that denied it. Absent when there is none, or when unknown.')),
    required: optional(count('Number of distinct approvals required. Absent when unknown.')),
    message: optional(text('Reason of the last reviewer. Absent when none was given.', 4096)),
    waitedMs: count('Milliseconds that the operation waited.'),
  },
  'agents.suspension': {
    auditID: word('Audit ID of the deciding request, as in the Kubernetes audit log.', 128),
    by: word('User name of the deciding user, as kube-apiserver authenticated it.'),
    decision: choice('Decision. Suspended: the agents are stopped from now on. Lifted: the suspension has ended.', ['Suspended', 'Lifted']),
    suspension: word('AccessSuspension of the decision.', 253),
    stops: text('Agents that the suspension stops.', 65536),
    message: text('Reason from the deciding user, without well-known tokens.', 4096),
  },
  'access.decided': {
    auditID: word('Audit ID of the deciding request, as in the Kubernetes audit log.', 128),
    session: optional(
      word('Session of the requester, so that decisions appear in its timeline. Absent when the request was not made through the gateway.', 256),
    ),
    user: word('User name of the requester, who is the subject of the grant.'),
    by: word(
      'User name of the deciding user, as kube-apiserver authenticated it; rule:POLICY/RULE when rules are present. For BreakGlass, the requester.',
    ),
    rules: optional(words('Rules of spec.approvals.autoApprove that approved in place of users, as POLICY/RULE. Absent when users decided.')),
    decision: choice(
      'Decision. Approved: a grant was created, or one of several approvals given. Withdrawn: by the requester, also by deleting the open request. Revoked: the grant was revoked. Deleted: the open request, or the live grant, was deleted. BreakGlass: a grant was created at once, without an approver. Justified and Unjustified: a use of break-glass was reviewed.',
      ['Approved', 'Denied', 'Withdrawn', 'Revoked', 'Deleted', 'BreakGlass', 'Justified', 'Unjustified'],
    ),
    request: word('AccessRequest of the decision.', 253),
    grant: optional(word('AccessGrant that was created or ended. Absent when there is none.', 253)),
    review: optional(word('BreakGlassReview that was created or decided. Absent when the decision is about none.', 253)),
    policy: optional(word('AccessPolicy of the request. Absent when it has none.', 253)),
    asks: text('Requested access; for an approval, what remains of it after narrowing.', 65536),
    durationSeconds: optional(count('Lifetime of the grant, in seconds. Absent when no grant was created.')),
    maxUses: optional(count('Number of uses of the grant. Absent when no grant was created, or when its uses are not limited.')),
    notBefore: optional(word('Start of the grant. Absent when no grant was created, or when none was requested: it starts at the decision.', 64)),
    narrowed: optional(flag('Whether approvers granted less than was requested. Absent when they did not.')),
    unseen: optional(flag('Whether the decision approves a plan that was cut and not shown whole. Absent when it does not.')),
    approvals: optional(count('Number of approvals, including this one. Absent when nothing was approved.')),
    required: optional(count('Number of distinct approvals required. Absent when nothing was approved.')),
    message: optional(text('Reason from the deciding user, without well-known tokens. Absent when none was given.', 4096)),
  },
  'stream.opened': {
    auditID,
    session,
    stream: choice('Kind of stream.', ['exec', 'attach', 'portforward', 'proxy', 'log', 'watch']),
    command: optional(words('Command that exec runs, without well-known tokens. Absent when the stream is not an exec.', 256)),
    container: optional(word('Container. Absent for the default container.', 253)),
    tty: optional(flag('Whether the stream has a terminal. Absent when it does not.')),
    ports: optional(words('Ports that are forwarded. Absent when there are none.')),
  },
  'stream.data': {
    auditID,
    session,
    channel: choice('Channel of the data.', ['stdin', 'stdout', 'stderr', 'resize']),
    offsetMs: count('Milliseconds since the stream opened.'),
    data: optional(text('Text after masking; for resize COLUMNSxROWS. Absent when base64 or zstd holds the bytes.', 65536)),
    base64: optional(base64('Bytes after masking, when they are not UTF-8 or contain a NUL. Absent when data or zstd holds them.', 65536)),
    zstd: optional(
      base64('Bytes after masking, compressed with zstd (RFC 8878), when many arrived at once. Absent when data or base64 holds them.', 65536),
    ),
  },
  'stream.closed': {
    auditID,
    session,
    reason: choice('Why the stream ended.', [
      'completed',
      'client',
      'upstream',
      'revoked',
      'expired',
      'suspended',
      'tokenExpired',
      'outdated',
      'limit',
      'shutdown',
      'failed',
    ]),
    durationMs: count('Milliseconds that the stream was open.'),
    bytesIn: optional(count('Bytes from the client. Absent when unknown.')),
    bytesOut: optional(count('Bytes to the client. Absent when unknown.')),
    exitCode: optional(count('Exit code of the command. Absent when unknown.')),
    message: optional(text('Why the stream ended, for people. Absent when there is no message.')),
  },
  'server.started': {
    part: word('Name of the server.', 64),
    version: optional(word('Version of the server. Absent when unknown.', 64)),
    cluster: optional(word('Name of the cluster. Absent when it has none.', 253)),
  },
  'server.stopped': { part: word('Name of the server.', 64), reason: optional(text('Why the server stopped. Absent when it received a signal.')) },
} as const

export type EventName = keyof typeof EVENTS
/** One event by its name, as a recorder accepts it. */
export type EventOf<E extends EventName> = { readonly event: E } & Values<(typeof EVENTS)[E]>
export type RecordEvent = { [E in EventName]: EventOf<E> }[EventName]
