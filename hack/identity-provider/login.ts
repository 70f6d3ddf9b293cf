import { readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import { errors, type Provider } from 'oidc-provider'
import type { Identity } from './identities.ts'
import { endedPage, interactionPath, loginPage, STYLE_PATH } from './login-page.ts'

const STYLE = readFileSync(join(import.meta.dirname, 'login.css'))
/** Without `form-action`: browsers would apply it to the redirects back to the client too. */
const POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"

// Express recognizes an error handler by its four parameters.
// oxlint-disable-next-line max-params
const ended: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof errors.SessionNotFound)) return next(error)
  response.status(400).send(endedPage())
}

/** A handler whose errors reach the error handler. */
const handled =
  (handler: (...call: Parameters<RequestHandler>) => Promise<void>): RequestHandler =>
  (request, response, next) =>
    void handler(request, response, next).catch(next)

/** The provider with its login page in front. */
export function withLogin(provider: Provider, identities: ReadonlyMap<string, Identity>): RequestListener {
  const humans = [...identities.values()].filter(({ human }) => human !== undefined)
  const finish = (request: IncomingMessage, response: ServerResponse, user: unknown): Promise<void> => {
    const chosen = humans.find(({ id }) => id === user)
    const result =
      chosen === undefined ? { error: 'access_denied', error_description: 'nobody was chosen' } : { login: { accountId: chosen.id, remember: false } }
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  }
  const show = handled(async (request, response) => {
    const { uid, params } = await provider.interactionDetails(request, response)
    response.send(loginPage(humans, { uid, client: String(params['client_id']) }))
  })
  const choose = handled(async (request, response) => {
    await finish(request, response, (request.body as { readonly user?: unknown } | undefined)?.user)
  })
  const app = express()
  app.disable('x-powered-by')
  app.get(STYLE_PATH, (_request, response) => void response.type('css').send(STYLE))
  app.use('/interaction', (_request, response, next) => {
    response.set({ 'content-security-policy': POLICY, 'cache-control': 'no-store' })
    next()
  })
  // Each sign-in begins without the session of the one before, so that the next human is chosen too.
  app.get('/auth', (request, response, next) => {
    delete request.headers.cookie
    response.clearCookie(provider.cookieName('session'))
    next()
  })
  app.get(interactionPath(':uid'), show)
  app.post(interactionPath(':uid'), express.urlencoded({ extended: false }), choose)
  app.use(ended)
  const callback = provider.callback()
  app.use((request, response) => void callback(request, response))
  return app
}
