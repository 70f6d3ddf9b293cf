import type { Express, Request, RequestHandler, Response } from 'express'
import { asStatusError } from '../../domain/status-error.ts'
import { reasonOf } from '../../server/log.ts'
import { layout } from '../html/layout.ts'
import type { Context } from '../http/context.ts'
import { currentSession, endSession, keepSession, sessionNow } from '../http/current-session.ts'
import { rememberEnded } from '../session/ended-sessions.ts'
import { checkForm, readForm } from '../http/read-form.ts'
import { queryOf } from '../http/query.ts'
import { signedOutPage } from '../pages/error-page.ts'
import { clearCookie, readCookie, writeCookie } from '../../server/http/cookies.ts'
import { continued, type Session } from '../session/session.ts'
import { createSignInLimit } from './sign-in-limit.ts'
import { CALLBACK } from './sign-in.ts'
import { LEAVE_SECONDS, SIGNED_OUT } from './sign-out.ts'
import { forgetUnderWay, keepUnderWay, readUnderWay } from './under-way.ts'

const SIGN_OUT_COOKIE = '__Host-jit-console-sign-out'

/** A handler whose errors reach the error handler. */
const handled =
  (handler: (request: Request, response: Response) => Promise<void>): RequestHandler =>
  (request, response, next) =>
    void handler(request, response).catch(next)

/** Sets a cookie, or removes it if there is no value. */
function keepCookie(
  request: Request,
  response: Response,
  cookie: { readonly name: string; readonly value: string | undefined; readonly maxAgeSeconds: number },
): void {
  const { name, value, maxAgeSeconds } = cookie
  const lines = value === undefined ? undefined : writeCookie(request, { name, value, maxAgeSeconds })
  for (const line of lines ?? clearCookie(request, name)) response.append('set-cookie', line)
}

/** Sign-in and sign-out. Signing in leads to the page that was asked for, if it is one of the console's. */
export function serveSignIn(app: Express, context: Context, signedOut: (session: Session) => void): void {
  const { signIn, signOut, keys, limits, clock, log, metrics, url } = context
  const bounded = createSignInLimit()

  const complete = async (request: Request, response: Response): Promise<string> => {
    const query = queryOf(request)
    const state = query.get('state') ?? ''
    const sealed = readUnderWay(request, state)
    // Used once: going back in the browser begins another sign-in.
    for (const cookie of forgetUnderWay(request, state)) response.append('set-cookie', cookie)
    const { user, to, leftOut, idToken } = await signIn.complete({ sealed, search: `?${query.toString()}` })
    if (leftOut.length > 0) log.warn('sign-in.claims-left-out', { reason: leftOut.join('; ') })
    const before = await sessionNow(request, context)
    const session = continued(before, user, clock.nowMs())
    await keepSession(request, response, { session, keys, limits })
    if (before !== undefined && before.id !== session.id) rememberEnded(request, response, { session: before, limits })
    const seconds = limits.lifetimeMs / 1000
    keepCookie(request, response, { name: SIGN_OUT_COOKIE, value: await signOut.remember(idToken, seconds), maxAgeSeconds: seconds })
    return to
  }

  app.get(
    '/sign-in',
    handled(async (request, response) => {
      // Without a bound: it stores nothing, and all that wait for the provider wait for one answer.
      const begun = await signIn.begin(queryOf(request).get('to'))
      for (const cookie of keepUnderWay(request, begun)) response.append('set-cookie', cookie)
      response.redirect(303, begun.location)
    }),
  )
  app.get(
    CALLBACK,
    handled(async (request, response) => {
      try {
        const to = await bounded(request.ip ?? '', () => complete(request, response))
        metrics.signedIn('Success')
        response.redirect(303, to)
      } catch (error) {
        const { code } = asStatusError(error)
        metrics.signedIn(code < 500 ? 'Refused' : 'Error')
        log.warn('sign-in.failed', { code, error: reasonOf(error) })
        throw error
      }
    }),
  )
  app.post(
    '/sign-out',
    readForm,
    handled(async (request, response) => {
      const session = await currentSession(request, response, context)
      if (session !== undefined) checkForm(request, session, url)
      response.removeHeader('set-cookie') // a session that was just renewed
      endSession(request, response, { session, limits })
      if (session !== undefined) signedOut(session)
      // Only this form leads on to the provider: a link of another site does not sign out anybody there.
      const value = session === undefined ? undefined : await signOut.leave(readCookie(request, SIGN_OUT_COOKIE))
      keepCookie(request, response, { name: SIGN_OUT_COOKIE, value, maxAgeSeconds: LEAVE_SECONDS })
      response.redirect(303, SIGNED_OUT)
    }),
  )
  app.get(
    SIGNED_OUT,
    handled(async (request, response) => {
      const next = await signOut.next(readCookie(request, SIGN_OUT_COOKIE))
      if (next !== undefined) {
        // Once. The content security policy lets forms lead to the console alone, so the page leads on and not the form.
        keepCookie(request, response, { name: SIGN_OUT_COOKIE, value: undefined, maxAgeSeconds: 0 })
        response.set('refresh', `0;url=${next}`)
      }
      response.send(layout({ title: 'Signed out', body: signedOutPage(next) }))
    }),
  )
}
