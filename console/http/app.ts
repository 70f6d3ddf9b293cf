import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import express, { type ErrorRequestHandler, type Express, type Request } from 'express'
import { asStatusError, StatusError } from '../../domain/status-error.ts'
import { createFairPlaces } from '../cluster/fair-places.ts'
import { reasonOf } from '../../server/log.ts'
import { serveAssets } from '../assets/assets.ts'
import { pageOf } from '../html/navigation.ts'
import { createLiveInbox } from '../live/live-inbox.ts'
import { errorPage, titleOf } from '../pages/message.ts'
import { serveSignIn } from '../sign-in/routes.ts'
import { serveActions } from './actions.ts'
import type { Context } from './context.ts'
import { securityHeaders } from './headers.ts'
import { serveKeys } from './keys.ts'
import { INBOX, isName, requestPath, signInPath } from './known-path.ts'
import { servePages } from './pages.ts'
import { serveAgents } from './routes/agents.ts'
import { serveHistory } from './routes/history.ts'
import { servePolicies } from './routes/policies.ts'
import { serveStatus } from './routes/status.ts'
import { sendPage } from './send-page.ts'
import { serveSessions } from './sessions/serve-sessions.ts'
import { createSignedIn } from './signed-in.ts'

/** Lists that are read at once. Each holds thousands of objects. */
const LISTS_AT_ONCE = 4
const STYLE = ['style.css', 'request.css', 'more.css'].map((name) => readFileSync(join(import.meta.dirname, '../html', name), 'utf8')).join('')

/** Where to look again after an error: the request that it was about, or the inbox. */
function backFrom({ path }: Request, { code }: StatusError): { readonly path: string; readonly text: string } {
  const name = /^\/requests\/([^/]+)/.exec(path)?.[1]
  const isThere = isName(name) && code !== 404
  const target = isThere ? requestPath(name) : (pageOf(path)?.path ?? INBOX)
  if (code === 401) return { path: signInPath(target), text: 'Sign in' }
  return { path: target, text: isThere ? 'Look at the request again' : 'Go on' }
}

/** The errors of Express' own parsers carry a code. Their messages repeat what was sent. */
function statusErrorOf(thrown: unknown): StatusError {
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined
  if (thrown instanceof StatusError || typeof status !== 'number' || status < 400 || status > 499) return asStatusError(thrown)
  return status === 413
    ? new StatusError('RequestEntityTooLarge', 'The form is too long.')
    : new StatusError('BadRequest', 'The request cannot be read.')
}

/** The console as an Express app. */
export function createApp(context: Context): Express {
  const { log, metrics } = context
  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', false).set('case sensitive routing', true).set('strict routing', true)
  app.use((_request, response, next) => {
    const started = performance.now()
    response.once('close', () => {
      if (response.get('content-type')?.startsWith('text/event-stream') !== true)
        metrics.answered(response.statusCode, (performance.now() - started) / 1000)
    })
    next()
  })
  app.use(securityHeaders)
  app.get('/style.css', (_request, response) => void response.set('cache-control', 'public, max-age=300').type('css').send(STYLE))
  serveAssets(app)

  const signedIn = createSignedIn(context)
  const lists = createFairPlaces(LISTS_AT_ONCE)
  const live = createLiveInbox(context, { lists })
  serveSignIn(app, context, live.signedOut)
  servePages(app, signedIn, { lists, live })
  serveKeys(app, signedIn)
  serveSessions(app, signedIn)
  serveActions(app, signedIn, context)
  serveAgents(app, signedIn, context)
  servePolicies(app, signedIn, context)
  serveHistory(app, signedIn)
  serveStatus(app, signedIn)
  app.use(() => {
    throw new StatusError('NotFound', 'There is no such page.')
  })

  // Express recognizes an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  const refuse: ErrorRequestHandler = (thrown, request, response, _next) => {
    const error = statusErrorOf(thrown)
    if (error.code >= 500) log.error('request.failed', { code: error.code, error: reasonOf(error.cause ?? error) })
    if (response.headersSent) return void response.destroy()
    const { retryAfterSeconds } = error.details ?? {}
    if (retryAfterSeconds !== undefined) response.set('retry-after', String(retryAfterSeconds))
    // The rest of a body that was not read is no request.
    if (!request.complete) response.set('connection', 'close')
    sendPage(response.status(error.code), { title: titleOf(error), body: errorPage(error, backFrom(request, error)) })
  }
  app.use(refuse)
  return app
}
