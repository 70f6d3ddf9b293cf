import type { Request, Response } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import { clearCookie, readCookie, writeCookie } from '../../server/http/cookies.ts'
import { openSession, renewed, sealSession, SESSION_COOKIE, type Session } from '../session/session.ts'
import type { Context } from './context.ts'
import { hasEnded, rememberEnded } from '../session/ended-sessions.ts'

type Sessions = Pick<Context, 'keys' | 'limits' | 'clock'>

/** Sets the cookie of a session. @throws StatusError Forbidden when the user has more groups than cookies hold */
export async function keepSession(
  request: Request,
  response: Response,
  { session, keys, limits }: Omit<Sessions, 'clock'> & { readonly session: Session },
): Promise<void> {
  const value = await sealSession(keys(), session, limits)
  const cookies = writeCookie(request, { name: SESSION_COOKIE, value, maxAgeSeconds: Math.ceil(limits.idleMs / 1000) })
  // Not truncated: without a group its policies would not apply, and what they refuse would be allowed.
  if (cookies === undefined)
    throw new StatusError('Forbidden', 'you have more groups than the console can keep; let an admin limit the groups in the tokens of its client')
  for (const cookie of cookies) response.append('set-cookie', cookie)
}

/** Ends a session in this browser. Undefined: there is none, and its cookie goes. */
export function endSession(
  request: Request,
  response: Response,
  { session, limits }: Pick<Context, 'limits'> & { readonly session: Session | undefined },
): void {
  for (const cookie of clearCookie(request, SESSION_COOKIE)) response.append('set-cookie', cookie)
  if (session !== undefined) rememberEnded(request, response, { session, limits })
}

/** The session of a request as it is: what reads it does not make it last longer. Undefined when nobody is signed in, or no longer. */
export async function sessionNow(request: Request, { keys, limits, clock }: Sessions): Promise<Session | undefined> {
  const session = await openSession(keys(), readCookie(request, SESSION_COOKIE), { limits, nowMs: clock.nowMs() })
  return session === undefined || hasEnded(request, session) ? undefined : session
}

/** The session of a request, renewed when it was last seen a while ago. Undefined when nobody is signed in, or no longer. */
export async function currentSession(request: Request, response: Response, { keys, limits, clock }: Sessions): Promise<Session | undefined> {
  const session = await sessionNow(request, { keys, limits, clock })
  if (session === undefined) return undefined
  const next = renewed(session, clock.nowMs())
  if (next !== undefined) await keepSession(request, response, { session: next, keys, limits })
  return next ?? session
}
