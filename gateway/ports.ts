import type { Duplex } from 'node:stream'
import type { AccessPolicy } from '../domain/api/access-policy.ts'
import type { Decision } from '../domain/decision.ts'
import type { KnownValues } from '../domain/mask/match/known-values.ts'
import type { Placeholders } from '../domain/mask/secret/placeholders.ts'
import type { Permit, Verdict } from '../domain/permit.ts'
import type { Announced, Answer, Asked, Switching } from './steps.ts'

export type HeaderLines = readonly (readonly [name: string, value: string])[]

export type UpstreamRequest = {
  readonly method: string
  /** Path with query. */
  readonly target: string
  /** All headers but Host, Content-Length and Authorization. Identity comes last: `identityHeaders` of gateway/forward. */
  readonly headers: HeaderLines
  readonly body?: Buffer
  readonly signal: AbortSignal
  /** The answer may take as long as it likes: watch, log follow. Left out: no. */
  readonly endless?: boolean
}

/** kube-apiserver, on the credential that can impersonate and do nothing else. Follows no redirect and repeats nothing. */
export type Upstream = {
  /** @throws StatusError BadGateway or Timeout when there is no answer */
  request(request: UpstreamRequest): Promise<Answer>
  /** A connection of its own, for an upgrade. @throws StatusError BadGateway */
  connect(signal: AbortSignal): Promise<Duplex>
  /** `Authorization` of the impersonator; none where it has a client certificate. @throws StatusError ServiceUnavailable */
  credential(): Promise<HeaderLines>
  /** For the Host header of what is written on `connect`. */
  readonly host: string
}

/** What Secrets hold, to be hidden everywhere. */
export type Masking = {
  /** Every value that is known. It changes in place: what is learned is hidden from then on, also by maskers that are at work. */
  readonly known: KnownValues
  /** Resolves when every change of a Secret that had arrived before the call is learned. Later changes are not waited for. */
  learned(): Promise<void>
  /** The known values, once everything that had arrived is learned. @throws StatusError ServiceUnavailable when out of date */
  values(): Promise<KnownValues>
  /** Whether the values of all Secrets that were there at the start are learned. */
  isReady(): boolean
  /** Namespaces whose Secrets change faster than they are learned. */
  lateNamespaces(): number
  placeholders(session: string): Placeholders
  /** A live value, or one that was live a moment ago. */
  lookup(namespace: string, secret: string, key: string): Buffer | undefined
  /** Whether a live Secret may not change: a write to it succeeds only when it sets the value that is there. */
  immutable(namespace: string, secret: string): boolean
  /**
   * A short text for an agent: a header, a sentence of upstream. Known values and well-known tokens in it are hidden. What approvers and
   * records see of an operation is not for this: gateway/mask/operation-text.ts.
   */
  agentText(text: string): string
}

export type Held = {
  readonly asked: Asked
  /** What is tried for the plan: the body with placeholders put back, or its trial with other values (Permitted.trial). */
  readonly outgoing: Buffer
  /** What will be sent: the body with placeholders put back. */
  readonly sends: Buffer
  /** Whether the policies let the agent read what is at a path: the object, or what a collection holds. RBAC is not asked. */
  readonly mayRead: (path: string, query?: URLSearchParams) => boolean
  readonly decision: Decision
  readonly policies: readonly AccessPolicy[]
  /** Hex SHA-256 over method, path, query, content type and body. */
  readonly digest: string
  readonly timeoutMs: number
  /**
   * Judges with the grants of this moment, bound to the digest and to what the operation would change now.
   * @throws PlanChanged when an approval is there, of a plan that is another now
   */
  readonly judge: () => Promise<Verdict>
  /** To be told when it has a place to wait in, which its body counts in from then on. */
  readonly waits: () => void
  /** @throws StatusError Unauthorized when the token that came with it is no longer accepted */
  readonly authenticateAgain: () => Promise<void>
}

/** Waits until a human has decided about exactly this. @throws StatusError when it is denied, not approved in time, or too many wait */
export type Hold = (held: Held) => Promise<Permit>

export type RelayEnd = {
  readonly ended: 'completed' | 'aborted' | 'failed'
  /** HTTP status that the client got. */
  readonly code: number
  readonly bytes: number
  readonly message?: string
}

/**
 * Switches protocols with upstream and relays both ways until either side or `announced.ending` ends it. Answers the client
 * itself, also when upstream refuses to switch; records stream.opened, stream.data and stream.closed.
 */
export type Relay = (announced: Announced, switching: Switching) => Promise<RelayEnd>
