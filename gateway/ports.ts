import type { AccessRequest } from '../domain/api/access-request.ts'
import type { AccessPolicy } from '../domain/api/access-policy.ts'
import type { Decision } from '../domain/decision.ts'
import type { KnownValues, Placeholders } from '../domain/mask/masker.ts'
import type { StatusError } from '../domain/status-error.ts'
import type { UpgradeSocket } from './forward/direct-reads.ts'
import type { Repeatable } from './mask/values/values-said.ts'
import type { Announced, Answer, ClassifiedRequest, Switching } from './steps.ts'

export type HeaderLines = readonly (readonly [name: string, value: string])[]

export type UpstreamRequest = {
  readonly method: string
  /** Path with query. */
  readonly target: string
  /** All headers but Host, Content-Length and Authorization. Identity comes last: `identityHeaders` of gateway/forward. */
  readonly headers: HeaderLines
  readonly body?: Buffer
  readonly signal: AbortSignal
  /** Whether the response has no time limit (watch, followed log). Defaults to false. */
  readonly endless?: boolean
}

/** Client for kube-apiserver with the credential that can only impersonate. Does not follow redirects and does not retry. */
export type UpstreamClient = {
  /** @throws StatusError BadGateway or Timeout when there is no answer */
  request(request: UpstreamRequest): Promise<Answer>
  /** Opens a dedicated connection for an upgrade. @throws StatusError BadGateway */
  connect(signal: AbortSignal): Promise<UpgradeSocket>
  /** `Authorization` header of the impersonator. Empty with a client certificate. @throws StatusError ServiceUnavailable */
  credential(): Promise<HeaderLines>
  /** Host header for requests written on a `connect` connection. */
  readonly host: string
}

/** The Secret values to hide in all responses. */
export type Masking = {
  /** All known values. Updated in place, so running maskers hide new values too. */
  readonly known: KnownValues
  /** Resolves when all Secret changes received before the call are learned. Does not wait for later changes. */
  learned(): Promise<void>
  /** Returns the known values once all received changes are learned. @throws StatusError ServiceUnavailable when out of date */
  values(): Promise<KnownValues>
  /** Whether the values of all Secrets of the initial list are learned. */
  isReady(): boolean
  /** Namespaces whose Secrets change faster than they are learned. */
  lateNamespaces(): number
  placeholders(session: string): Placeholders
  /** Returns a current value, or one that was current a moment ago. */
  lookup(namespace: string, secret: string, key: string): Buffer | undefined
  /** Whether an existing Secret is immutable: a write to it succeeds only when it sets the existing value. */
  immutable(namespace: string, secret: string): boolean
  /**
   * Masks known values and well-known tokens in a short text for an agent, such as a header or an upstream message. Text for approvers and
   * records goes through gateway/mask/operation-text.ts instead. What the request itself contains is not masked: the text may repeat it.
   */
  agentText(text: string, request: Repeatable): string
}

/** An operation that waits for its approval. */
export type Held = {
  readonly asked: ClassifiedRequest
  /** Body of the dry run for the plan: the body with placeholders restored, or its trial with other values (Permitted.trial). */
  readonly outgoing: Buffer
  /** Body that will be sent: the body with placeholders restored. */
  readonly sends: Buffer
  /** Whether the policies let the agent read the object or collection at a path. Does not check RBAC. */
  readonly mayRead: (path: string, query?: URLSearchParams) => boolean
  readonly decision: Decision
  readonly policies: readonly AccessPolicy[]
  /** Hex SHA-256 over method, path, query, content type and body. */
  readonly digest: string
  readonly timeoutMs: number
}

type Outcome<Phase> = {
  readonly phase: Phase
  /** Name of the AccessRequest that the operation waited for. */
  readonly name: string
  /** The AccessRequest as it was last read. Undefined: it could not be read. */
  readonly request: AccessRequest | undefined
}

/**
 * How the wait for an approval ended: approved, decided otherwise, or while the request stays open. A client that repeats the operation then waits for
 * the same request, or continues if it was approved in the meantime.
 */
export type HoldOutcome = Outcome<'Approved'> | Outcome<'Denied' | 'Expired' | 'Withdrawn' | 'Failed'> | Outcome<'TimedOut' | 'Left' | 'TokenExpired'>

/** Asks approvers about exact operations. Permits nothing: after an approval the caller judges the operation again. */
export type Hold = {
  /**
   * Files an AccessRequest for the operation, or finds the one that is pending, and waits for its decision.
   * @throws StatusError when none can be filed, or too many operations wait. A stream that repeats a refused one over SPDY gets the same refusal
   */
  wait(held: Held): Promise<HoldOutcome>
  /** Files an AccessRequest for the operation, or finds the one that is pending, and does not wait. @throws StatusError when none can be filed */
  ask(held: Held): Promise<{ readonly request: AccessRequest; readonly made: boolean }>
  /** Files a new AccessRequest for an operation that would no longer change what was approved. Returns its name. @throws StatusError */
  fileAgain(held: Held): Promise<string>
  /** Keeps the refusal of a stream for its repetition over SPDY. */
  keepRefusal(held: Held, refusal: StatusError): void
}

export type RelayEnd = {
  readonly ended: 'completed' | 'aborted' | 'failed'
  /** HTTP status sent to the client. */
  readonly code: number
  readonly bytes: number
  readonly message?: string
}

/**
 * Switches protocols with upstream and relays both ways until either side closes or `announced.ending` aborts. Responds to the client
 * itself, also when upstream refuses to switch. Records stream.opened, stream.data and stream.closed.
 */
export type Relay = (announced: Announced, switching: Switching) => Promise<RelayEnd>
