import type { Express, Request, RequestHandler, Response } from 'express'
import { asStatusError } from '../../domain/status-error.ts'
import { reasonOf } from '../../server/log.ts'
import { layout } from '../html/layout.ts'
import type { Context } from '../http/context.ts'
import { currentSession, endSession, keepSession } from '../http/current-session.ts'
import { checkForm, readForm } from '../http/form.ts'
import { queryOf } from '../http/query.ts'
import { signedOutPage } from '../pages/message.ts'
import { clearCookie, readCookie, writeCookie } from '../../server/http/cookies.ts'
import { newSession, type Session } from '../session/session.ts'
import { createSignInPlaces } from './places.ts'
import { CALLBACK, SIGN_IN_SECONDS } from './sign-in.ts'

const SIGN_IN_COOKIE = '__Host-jit-console-sign-in'

/** A handler whose errors reach the error handler. */
const handled =
  (handler: (request: Request, response: Response) => Promise<void>): RequestHandler =>
  (request, response, next) =>
    void handler(request, response).catch(next)

/** Sign-in and sign-out. Signing in leads to the page that was asked for, if it is one of the console's. */
export function serveSignIn(app: Express, context: Context, signedOut: (session: Session) => void): void {
  const { signIn, keys, limits, clock, log, metrics, url } = context
  const bounded = createSignInPlaces()

  const complete = async (request: Request, response: Response): Promise<string> => {
    const sealed = readCookie(request, SIGN_IN_COOKIE)
    // Used once: going back in the browser begins anew.
    for (const cookie of clearCookie(request, SIGN_IN_COOKIE)) response.append('set-cookie', cookie)
    const { user, to, leftOut } = await signIn.complete({ sealed, search: `?${queryOf(request).toString()}` })
    if (leftOut.length > 0) log.warn('sign-in.claims-left-out', { reason: leftOut.join('; ') })
    await keepSession(request, response, { session: newSession(user, clock.nowMs()), keys, limits })
    return to
  }

  app.get(
    '/sign-in',
    handled(async (request, response) => {
      // Without a bound: it stores nothing, and all that wait for the provider wait for one answer.
      const { location, sealed } = await signIn.begin(queryOf(request).get('to'))
      for (const cookie of writeCookie(request, { name: SIGN_IN_COOKIE, value: sealed, maxAgeSeconds: SIGN_IN_SECONDS }) ?? [])
        response.append('set-cookie', cookie)
      response.redirect(303, location)
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
      endSession(request, response)
      if (session !== undefined) signedOut(session)
      response.redirect(303, '/signed-out')
    }),
  )
  app.get('/signed-out', (_request, response) => void response.send(layout({ title: 'Signed out', body: signedOutPage() })))
}
