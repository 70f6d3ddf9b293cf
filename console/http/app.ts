import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Express, Request } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import { createFairLimit } from '../../server/fair-limit.ts'
import { siteOf } from '../../server/http/client-network.ts'
import { boundLargeBodies } from '../../server/http/large-bodies.ts'
import { createPageApp } from '../../server/http/page-app.ts'
import { answerErrors } from '../../server/http/page-errors.ts'
import { serveAssets } from '../assets/assets.ts'
import { createLiveInbox } from '../live/live-inbox.ts'
import { serveSignIn } from '../sign-in/routes.ts'
import { serveActions } from './actions.ts'
import type { Context } from './context.ts'
import { contentPolicy } from './content-policy.ts'
import { sessionNow } from './current-session.ts'
import { serveKeys } from './keys.ts'
import { servePages } from './pages.ts'
import { serveAgents } from './routes/agents.ts'
import { serveHistory } from './routes/history.ts'
import { servePolicies } from './routes/policies.ts'
import { serveStatus } from './routes/status.ts'
import { sendError } from './send-error.ts'
import { serveSessions } from './sessions/serve-sessions.ts'
import { createSignedIn } from './signed-in.ts'

/** Lists that are read at once. Each holds thousands of objects. */
const LISTS_AT_ONCE = 4
/** Long forms that are read at the same time, of one person or anonymous site, and of all. Each takes up to 256 KiB. */
const LARGE = { each: 8, all: 64 } as const
const STYLE = ['../../server/html/base.css', '../html/style.css', '../html/request.css', '../html/more.css']
  .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
  .join('')

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
  // A person does not wait for who sends forms without a session.
  const ownerOf = async (request: Request): Promise<string> => (await sessionNow(request, context))?.username ?? `at ${siteOf(request.ip ?? '')}`
  app.use(boundLargeBodies({ ...LARGE, ownerOf }))

  const signedIn = createSignedIn(context)
  const lists = createFairLimit(LISTS_AT_ONCE)
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

  app.use(answerErrors(log, (error, request, response) => void sendError(context, error, { request, response })))
  return app
}
