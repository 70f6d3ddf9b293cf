import type { Duplex, Readable } from 'node:stream'
import type { AccessPolicy } from '../domain/api/access-policy.ts'
import type { Classified } from '../domain/decision.ts'
import type { EndedReveal, Revealed } from '../domain/grant/reveals.ts'
import type { Identity } from '../domain/identity.ts'
import type { Permit } from '../domain/permit.ts'

/**
 * Why the gateway ends an answer that it let through. The reason of the abort signal that says so. `expired` is the grant, `tokenExpired` the
 * token, `outdated` what the gateway knows of policies and grants.
 */
export type Ending = 'revoked' | 'expired' | 'tokenExpired' | 'outdated' | 'shutdown'

/** A request that is framed as we demand. Nothing in it is believed yet. */
export type Arrived = {
  /** UUID of ours; a client's own is not looked at. */
  readonly auditID: string
  readonly arrivedMs: number
  readonly address: string
  /** Upper case. */
  readonly method: string
  /** Canonical: no escapes, dot segments or empty segments. */
  readonly path: string
  /** The query as sent, without `?`; empty when there is none. */
  readonly search: string
  readonly query: URLSearchParams
  /** The client's headers by lower-case name, each once. Without Authorization, Host and whatever is hop by hop. */
  readonly headers: ReadonlyMap<string, string>
  readonly token: string
  /** The protocol that the client wants to switch to, in lower case. Only for exec, attach and port-forward. */
  readonly upgrade: 'websocket' | 'spdy/3.1' | undefined
  readonly payload: Readable
  /** Aborts when the client has left. */
  readonly gone: AbortSignal
}

/** Who asks, as its token shows it. */
export type Caller = {
  readonly identity: Identity
  /** Undefined for a Kubernetes ServiceAccount token. */
  readonly issuer: string | undefined
  /** Stable for one subject of one issuer, across tokens and restarts. */
  readonly session: string
  readonly expiresAtMs: number
}
export type Known = Omit<Arrived, 'token'> & { readonly caller: Caller }

/** What is asked for, with its whole body: empty for reads and upgrades. */
export type Asked = Known & { readonly classified: Classified; readonly body: Buffer; readonly dryRun: boolean }

/** May be forwarded, once. */
export type Permitted = Asked & {
  readonly permit: Permit
  /** The policies whose baseline the agent has: those that govern it. */
  readonly policies: readonly AccessPolicy[]
  /** What goes upstream: the body with placeholders put back, or the body itself. */
  readonly outgoing: Buffer
  /** The objects that a deletecollection may delete, since its approver saw these. Absent: whatever it selects. */
  readonly only?: readonly { readonly name: string; readonly uid: string }[]
  /** The same write with other values in place of those that upstream would compare with hidden ones. Absent: it compares none. */
  readonly trial?: Buffer
  /** Secret keys that a grant shows. Undefined: none. */
  readonly revealed: Revealed | undefined
  /** What the caller was shown before and comes masked now. Left out: nothing. */
  readonly masksAgain?: EndedReveal
  /** The answer may go on without end: watch, log follow, streams. */
  readonly endless: boolean
  /** Aborts, with an Ending as reason, when the answer is to end: with its grant, and with the token and the policies where it may last. */
  readonly ending: AbortSignal
  /** To be called when it is over. */
  readonly release: () => void
}

/** The intent is in the records and the use, where one is needed, is taken. Only this can be forwarded. */
export type Announced = Permitted & { readonly announced: true }

/** A body as it comes, to be read once. A Readable is one. */
export type AnswerBody = AsyncIterable<Buffer> & {
  /** Ends what is left of it, and the connection with it. */
  destroy(): void
  /** Lets what is left of it go by unread. */
  resume(): void
}

/** Upstream's answer; the body is not masked yet. */
export type Answer = {
  readonly status: number
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly body: AnswerBody
}

/** A client's connection that waits to be switched. */
export type Switching = { readonly socket: Duplex; readonly head: Buffer }
