import type { Request, Response, Router } from 'express'
import type { Clock } from '../domain/clock.ts'
import type { Log } from '../server/log.ts'

/** A person as an upstream identity provider named them. */
export type SignedIn = {
  readonly name: string
  readonly groups: readonly string[]
  /** ID of the upstream. */
  readonly upstream: string
  /** When the person authenticated there, in milliseconds since the epoch. 0 if it does not say: long ago, so that no program takes it for a new sign-in. */
  readonly authenticatedAt: number
  /** When the upstream's own session ends, in milliseconds. Undefined if it does not say: the session of the configuration holds. */
  readonly sessionEndsAt?: number
  /** What a single logout names. */
  readonly logout?: LogoutName
}

export type LogoutName = { readonly nameID: string; readonly nameIDFormat?: string; readonly sessionIndex?: string }

/**
 * Why nobody is signed in. `Refused`: the upstream said no, or its person is nobody here. `Invalid`: its answer does not hold. `Expired`: it fits no
 * sign-in that still waits. `Unavailable`: an error, not a denial; trying again may help.
 */
export type SignInFailure = {
  readonly reason: 'Refused' | 'Invalid' | 'Expired' | 'Unavailable'
  /** For the person, in plain words and without what was sent. */
  readonly message: string
  /** For the log. No assertion, no token, no name of a person. */
  readonly detail?: string
}

/** `interaction`: the ID that `begin` got. Undefined when the answer names none, or none that can be trusted. */
export type Outcome =
  { readonly interaction: string; readonly person: SignedIn } | { readonly interaction: string | undefined; readonly failure: SignInFailure }

/**
 * Ends a sign-in: answers the browser in any case. The browser must then prove with a cookie that it began this interaction, so the route that calls it may
 * be reached by a POST from another site, which has no cookies.
 */
export type Done = (outcome: Outcome, request: Request, response: Response) => Promise<void>

/** What a program asks of a sign-in. */
export type Wanted = {
  /** How long ago the person may have authenticated at most, in seconds; 0 asks for a new sign-in. Undefined: a session of the upstream will do. */
  readonly maxAgeSeconds?: number
}

/** An upstream that people sign in at. Its routes lie under `/upstream/ID/`. */
export type Upstream = {
  readonly id: string
  /** For the page that lets people choose. */
  readonly label: string
  /** Sends the browser away to sign in, bound to the interaction. @throws UpstreamError */
  begin(interaction: string, wanted: Wanted, response: Response): Promise<void>
  /** Mounted at `/upstream/ID`. A route reads its own body, within a bound of its own. */
  readonly routes: Router
  /** Whose assertion an agent presents to the token endpoint, base64 or XML. Each one works once. @throws UpstreamError */
  verifyAssertion?(assertion: string, purpose: 'exchange'): Promise<SignedIn>
  /** Sends the browser to the upstream to end its session too, which then sends it to `/signed-out`. False: this upstream has nothing to end. */
  signOut?(person: SignedIn, request: Request, response: Response): Promise<boolean>
  /** False while the upstream cannot be used, for example before its metadata were read. Undefined: always usable. */
  ready?(): boolean
  close?(): Promise<void> | void
}

/** A failure that `begin` and `verifyAssertion` throw. */
export class UpstreamError extends Error {
  readonly failure: SignInFailure
  constructor(failure: SignInFailure, cause?: unknown) {
    super(failure.message, { cause })
    this.failure = failure
  }
}

/** What all replicas share. Every method throws when the store cannot be reached: refuse then. Keys can be any text; they are hashed. */
export type UpstreamState = {
  /**
   * `seen` if this key was remembered before, by any replica. Of two callers at the same time, one gets `new`. It takes room, that of `owner`: the person whom the
   * upstream named. Never let anonymous visitors cause it. @throws StatusError TooManyRequests when the kind, or what the owner has of it, is full
   */
  remember(kind: string, key: string, until: { readonly ttlSeconds: number; readonly owner: string }): Promise<'new' | 'seen'>
}

/**
 * Text with a MAC and an end, for what an anonymous visitor brings back, such as the ID of a request (InResponseTo) or RelayState: nothing is stored. A ticket is
 * readable by its bearer, contains only `A-Z a-z 0-9 _ - .` and starts with a letter. Every replica reads it. `remember` it to accept it once.
 */
export type Tickets = {
  issue(kind: string, text: string, ttlSeconds: number): string
  /** Undefined: forged, of another kind, or expired. */
  read(kind: string, ticket: string): string | undefined
  /**
   * A secret of a ticket for a purpose: 43 characters that its bearer cannot compute, and that every replica computes alike. Undefined for a ticket that
   * `read` does not accept.
   */
  secret(kind: string, ticket: string, purpose: string): string | undefined
}

/** What an upstream is made with. */
export type UpstreamContext = {
  /** `https://login.example.com/upstream/ID`, without a slash at the end. */
  readonly url: string
  readonly done: Done
  /** Ends every session that the upstream names, after a logout that the upstream began. */
  readonly ended: (upstream: string, logout: LogoutName) => Promise<void>
  readonly clock: Clock
  readonly state: UpstreamState
  readonly tickets: Tickets
  readonly log: Log
  readonly fetch: typeof globalThis.fetch
}
