import type { Request, Response } from 'express'
import { readCookie, writeCookie } from '../../server/http/cookies.ts'
import { channelOf, type Session, type SessionLimits } from './session.ts'

const ENDED_COOKIE = '__Host-jit-console-ended'
/** Sessions that one browser remembers. A page takes less time to load than people take for so many. */
const MAX_ENDED = 4
const SEPARATOR = '.'

const endedIn = (request: Request): readonly string[] =>
  readCookie(request, ENDED_COOKIE)
    .split(SEPARATOR)
    .filter((name) => name !== '')

/** Whether the session ended in this browser before. */
export const hasEnded = (request: Request, session: Session): boolean => endedIn(request).includes(channelOf(session))

/**
 * Lets the browser remember that a session has ended. A page that was loading meanwhile may have renewed the session, at any replica, and its answer may come
 * after the one that deletes the cookie. It binds only this browser: a cookie that was copied before is another matter.
 */
export function rememberEnded(
  request: Request,
  response: Response,
  { session, limits: { lifetimeMs } }: { readonly session: Session; readonly limits: SessionLimits },
): void {
  const value = [...new Set([channelOf(session), ...endedIn(request)])].slice(0, MAX_ENDED).join(SEPARATOR)
  const cookies = writeCookie(request, { name: ENDED_COOKIE, value, maxAgeSeconds: Math.ceil(lifetimeMs / 1000) })
  for (const cookie of cookies ?? []) response.append('set-cookie', cookie)
}
