import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Express, Request } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import { createFairPlaces } from '../cluster/fair-places.ts'
import { createPageApp } from '../../server/http/page-app.ts'
import { answerErrors } from '../../server/http/page-errors.ts'
import { serveAssets } from '../assets/assets.ts'
import { pageOf } from '../html/navigation.ts'
import { createLiveInbox } from '../live/live-inbox.ts'
import { errorPage, titleOf } from '../pages/message.ts'
import { serveSignIn } from '../sign-in/routes.ts'
import { serveActions } from './actions.ts'
import type { Context } from './context.ts'
import { contentPolicy } from './content-policy.ts'
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
const STYLE = ['../../server/html/base.css', '../html/style.css', '../html/request.css', '../html/more.css']
  .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
  .join('')

/** Where to look again after an error: the request that it was about, or the inbox. */
function backFrom({ path }: Request, { code }: StatusError): { readonly path: string; readonly text: string } {
  const name = /^\/requests\/([^/]+)/.exec(path)?.[1]
  const isThere = isName(name) && code !== 404
  const target = isThere ? requestPath(name) : (pageOf(path)?.path ?? INBOX)
  if (code === 401) return { path: signInPath(target), text: 'Sign in' }
  return { path: target, text: isThere ? 'Look at the request again' : 'Go on' }
}

/** The console as an Express app. */
export function createApp(context: Context): Express {
  const { log, metrics } = context
  const app = createPageApp({
    policy: contentPolicy(),
    style: STYLE,
    answered: (response, seconds) => {
      if (response.get('content-type')?.startsWith('text/event-stream') !== true) metrics.answered(response.statusCode, seconds)
    },
  })
  app.set('trust proxy', [...(context.trustedProxies ?? [])])
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

  app.use(
    answerErrors(log, (error, request, response) => sendPage(response, { title: titleOf(error), body: errorPage(error, backFrom(request, error)) })),
  )
  return app
}
