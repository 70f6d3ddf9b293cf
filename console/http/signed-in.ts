import type { Request, RequestHandler, Response } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import { FairCounts } from '../../server/fair-counts.ts'
import { userClient, type UserClient } from '../cluster/impersonate.ts'
import { isDue, type Session } from '../session/session.ts'
import type { Context } from './context.ts'
import { currentSession } from './current-session.ts'
import { INBOX, pageOrInbox, signInPath } from './known-path.ts'

export type SignedInRequest = {
  readonly request: Request
  readonly response: Response
  readonly session: Session
  readonly client: UserClient
  readonly nowMs: number
}

/** Concurrent requests of one user and of all: a page reads up to thousands of objects. */
const MAX_OF_USER = 6
const MAX_OF_ALL = 48
/** All calls of one page to the cluster. */
const CALLS_MS = 25_000

type Handler = (call: SignedInRequest) => Promise<void>
/** `callsMs`: time for all calls of the handler to the cluster. Optional. Defaults to that of a page. */
type SignedIn = (
  handler: Handler,
  otherwise: (request: Request, response: Response) => void,
  options?: { readonly callsMs?: number },
) => RequestHandler

/** Runs handlers for people who are signed in, each user within their own bound. */
export function createSignedIn(context: Context): SignedIn {
  const running = new FairCounts<string>(MAX_OF_USER, MAX_OF_ALL)
  return (handler, otherwise, { callsMs = CALLS_MS } = {}) =>
    async (request, response) => {
      const session = await currentSession(request, response, context)
      if (session === undefined) return otherwise(request, response)
      if (otherwise === signInFirst && opensPage(request) && isDue(session, context.limits, context.clock.nowMs()))
        return otherwise(request, response)
      const { username } = session
      if (running.full(username, 1) !== undefined)
        throw new StatusError('TooManyRequests', 'too many pages of the console load at the same time; try again', {
          details: { retryAfterSeconds: 2 },
        })
      running.add(username, 1)
      try {
        const client = userClient(context.client, session, AbortSignal.timeout(callsMs))
        await handler({ request, response, session, client, nowMs: context.clock.nowMs() })
      } finally {
        running.add(username, -1)
      }
    }
}

/** Whether a browser opens a page to which sign-in leads back. A script that reads the page cannot go to the identity provider. */
const opensPage = ({ path, originalUrl, headers }: Request): boolean =>
  (headers['sec-fetch-dest'] ?? 'document') === 'document' && (path === INBOX || pageOrInbox(originalUrl) !== INBOX)

/** Sends who is not signed in to sign in, and back to this page with what was searched. */
export function signInFirst({ path, originalUrl }: Request, response: Response): void {
  const page = pageOrInbox(originalUrl)
  response.redirect(303, signInPath(page === INBOX ? path : page))
}

/** A form after the end of the session: nothing is done, also not after the next sign-in. */
export const sessionEnded = (): void => {
  throw new StatusError('Unauthorized', 'Nothing was done: your session has ended. Sign in again, and decide again.')
}
