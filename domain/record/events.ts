import { base64, choice, count, flag, optional, text, word, words, type Values } from './fields.ts'

const auditID = word("Audit ID of the request: the same in claims, in the Kubernetes audit log and in the answer's Audit-ID header.", 128)
const session = word('Session of the agent, as the gateway names it; what replay selects by. Left out: the caller is not known.', 256)

const request = {
  method: word('HTTP method.', 32),
  path: word('Path without its query.', 8192),
  query: optional(text('Query as it was sent, without well-known tokens. Left out: none.', 8192)),
  verb: optional(word('Kubernetes verb that rules are matched on. Left out: not classified.', 64)),
  apiGroup: optional(word('API group, empty for the core group. Left out: not a resource request.', 253)),
  apiVersion: optional(word('API version. Left out: not a resource request.', 64)),
  resource: optional(word('Plural resource. Left out: not a resource request.', 253)),
  subresource: optional(word('Subresource. Left out: none.', 253)),
  namespace: optional(word('Namespace. Left out: cluster-scoped.', 253)),
  name: optional(word('Name of the object. Left out: none.', 1024)),
}

const decided = {
  effect: optional(choice('What the policy says. Left out: not decided.', ['Allow', 'RequireGrant', 'RequireApproval', 'Deny'])),
  policy: optional(word('AccessPolicy that decided. Left out: none did.', 253)),
  rule: optional(word('Its rule; default when none matched. Left out: no policy decided.', 63)),
  risk: optional(choice('How bad a mistake would be. Left out: not decided.', ['Low', 'Medium', 'High', 'Critical'])),
  gains: optional(words('What the write gives to a workload, as gains.md lists it. Left out: nothing, or no workload.', 64)),
}

/** Every event there is, with every field that it may have. docs/reference/records.md lists the same. */
export const EVENTS = {
  'request.intent': {
    auditID,
    session,
    user: word('User name of the agent.'),
    issuer: optional(word("Issuer of the agent's token. Left out: a ServiceAccount token.", 2048)),
    address: optional(word('Network address that the request came from. Left out: unknown.', 64)),
    ...request,
    query: optional(text('Query as it was sent, whole, without well-known tokens. Left out: none.', 196608)),
    ...decided,
    grant: optional(word('AccessGrant that covers it. Left out: the policy allows it without one.', 253)),
    reveal: optional(words('Keys that the grant shows unmasked, as namespace/secret:key. Left out: none.', 256)),
    dryRun: optional(flag('Whether the server only tries it. Left out: no.')),
    shadow: optional(flag('Whether it goes on only because the policy is in Shadow mode. Left out: no.')),
  },
  'request.outcome': {
    auditID,
    session,
    ended: choice('How it ended: completed: the answer went to its end; aborted: the client left; failed: upstream or we broke it off.', [
      'completed',
      'aborted',
      'failed',
    ]),
    code: count('HTTP status that the client got; 0 when it got none.'),
    durationMs: count('Milliseconds since it arrived.'),
    bytes: optional(count('Bytes of the answer, after masking. Left out: unknown.')),
    masked: optional(count('Places that were masked in the answer. Left out: unknown.')),
    message: optional(text('Why, when it did not complete. Left out: it did.')),
  },
  'request.refused': {
    auditID,
    session: optional(session),
    user: optional(word('User, as the token names it. Left out: not authenticated.')),
    address: optional(word('Network address that the request came from. Left out: unknown.', 64)),
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
    reason: word('Reason of the Status: Forbidden, Unauthorized, BadRequest and so on.', 128),
    message: optional(text('The sentence that the client got. Left out: the reason says it.', 4096)),
  },
  'requests.unrecorded': {
    session,
    user: word('User whose requests they were.'),
    count: count(
      'Requests that were answered 429 since the last such line and are not recorded one by one: the user filled the records too quickly.',
    ),
  },
  'hold.filed': {
    auditID,
    session,
    request: word('AccessRequest that asks for it; an earlier one when the agent asks again.', 253),
    digest: word('SHA-256 of the operation, in hex.', 64),
    timeoutSeconds: count('How long it waits.'),
  },
  'hold.decided': {
    auditID,
    session,
    request: word('AccessRequest that asked for it.', 253),
    decision: choice(
      'What the wait came to. TimedOut, Left (the client) and TokenExpired: the request stays open. Expired: its pending TTL is over. Withdrawn: by the requester. Failed: it was deleted.',
      ['Approved', 'Denied', 'TimedOut', 'Left', 'TokenExpired', 'Expired', 'Withdrawn', 'Failed'],
    ),
    grant: optional(word('AccessGrant that the approval made. Left out: not approved.', 253)),
    approvedBy: optional(words('User names of who approved until then, as jit-apiserver stamped them. Left out: nobody, or it is not known.')),
    deniedBy: optional(words('User name of who denied it. Left out: nobody, or it is not known.')),
    required: optional(count('Distinct approvals that it takes. Left out: it is not known.')),
    message: optional(text("The last reviewer's reason. Left out: none was given.", 4096)),
    waitedMs: count('Milliseconds that it waited.'),
  },
  'access.decided': {
    auditID: word('Audit ID of the request that decided, as in the Kubernetes audit log.', 128),
    session: optional(
      word('Session of the requester, where it asked through the gateway: its decisions stand in its timeline. Left out: it did not.', 256),
    ),
    user: word('User name of the requester, to whom the grant belongs.'),
    by: word('User name of who decided, as kube-apiserver authenticated it.'),
    decision: choice(
      'What was decided. Approved: with a grant, or one approval of several. Revoked: the grant was ended. Deleted: the open request, or the grant that gave something, was deleted.',
      ['Approved', 'Denied', 'Withdrawn', 'Revoked', 'Deleted'],
    ),
    request: word('AccessRequest that it is about.', 253),
    grant: optional(word('AccessGrant that was made or ended. Left out: there is none.', 253)),
    policy: optional(word('AccessPolicy that the request was made under. Left out: it has none.', 253)),
    asks: text('What was asked for; of an approval what is left of it.', 65536),
    durationSeconds: optional(count('How long the grant lives, in seconds. Left out: no grant was made.')),
    maxUses: optional(count('How many uses it has. Left out: no grant was made, or it has no limit but time.')),
    narrowed: optional(flag('Whether approvers gave less than was asked for. Left out: no.')),
    unseen: optional(flag('Whether it approves a plan that was cut and not shown whole. Left out: no.')),
    approvals: optional(count('Approvals that it has, with this one. Left out: nothing was approved.')),
    required: optional(count('Distinct approvals that it takes. Left out: nothing was approved.')),
    message: optional(text('Why, in the words of who decided, without well-known tokens. Left out: none was given.', 4096)),
  },
  'stream.opened': {
    auditID,
    session,
    stream: choice('What kind of stream.', ['exec', 'attach', 'portforward', 'proxy', 'log', 'watch']),
    command: optional(words('Command that exec runs, without well-known tokens. Left out: not an exec.', 256)),
    container: optional(word('Container. Left out: the default one.', 253)),
    tty: optional(flag('Whether it has a terminal. Left out: no.')),
    ports: optional(words('Ports that are forwarded. Left out: none.')),
  },
  'stream.data': {
    auditID,
    session,
    channel: choice('Which way it went.', ['stdin', 'stdout', 'stderr', 'resize']),
    offsetMs: count('Milliseconds since the stream opened.'),
    data: optional(text('Text after masking; for resize COLUMNSxROWS. Left out: base64 or zstd holds the bytes.', 65536)),
    base64: optional(base64('The bytes after masking, where they are not UTF-8 or hold a NUL. Left out: data or zstd holds them.', 65536)),
    zstd: optional(
      base64('The bytes after masking, compressed by zstd (RFC 8878), where many came at once. Left out: data or base64 holds them.', 65536),
    ),
  },
  'stream.closed': {
    auditID,
    session,
    reason: choice('Why it ended.', [
      'completed',
      'client',
      'upstream',
      'revoked',
      'expired',
      'tokenExpired',
      'outdated',
      'limit',
      'shutdown',
      'failed',
    ]),
    durationMs: count('Milliseconds that it was open.'),
    bytesIn: optional(count('Bytes from the client. Left out: unknown.')),
    bytesOut: optional(count('Bytes to the client. Left out: unknown.')),
    exitCode: optional(count('Exit code of the command. Left out: unknown.')),
    message: optional(text('Why, in words. Left out: none.')),
  },
  'server.started': {
    part: word('Which server.', 64),
    version: optional(word('Its version. Left out: unknown.', 64)),
    cluster: optional(word('Cluster that it guards. Left out: unnamed.', 253)),
  },
  'server.stopped': { part: word('Which server.', 64), reason: optional(text('Why. Left out: it was told to.')) },
} as const

export type EventName = keyof typeof EVENTS
/** One event by its name; what a recorder takes. */
export type EventOf<E extends EventName> = { readonly event: E } & Values<(typeof EVENTS)[E]>
export type RecordEvent = { [E in EventName]: EventOf<E> }[EventName]
