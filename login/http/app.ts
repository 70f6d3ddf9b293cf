import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import type Provider from 'oidc-provider'
import { asStatusError, StatusError } from '../../domain/status-error.ts'
import { reasonOf } from '../../server/log.ts'
import type { LoginConfig } from '../config/config.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { layout } from '../pages/layout.ts'
import { signedOutPage } from '../pages/message.ts'
import { inRequestScope } from '../provider/request-scope.ts'
import { showError } from './errors.ts'
import { securityHeaders } from './headers.ts'
import { serveInteractions, type InteractionOptions } from './interactions.ts'
import { serveJwks } from './jwks.ts'
import type { RateLimits } from './rate-limits.ts'
import { serveSignOut } from './sign-out.ts'

const STYLE = readFileSync(join(import.meta.dirname, '../pages/style.css'))

export type AppOptions = InteractionOptions & {
  readonly config: LoginConfig
  readonly provider: () => Provider
  readonly keys: () => SigningKeys
  readonly limits: RateLimits
}

/** The errors of Express' own parsers carry a code. Their messages repeat what was sent. */
function statusErrorOf(thrown: unknown): StatusError {
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined
  if (thrown instanceof StatusError || typeof status !== 'number' || status < 400 || status > 499) return asStatusError(thrown)
  return new StatusError('BadRequest', 'The request cannot be read.')
}

/** Programs read JSON, in the form of OAuth. */
const PROGRAMS: ReadonlySet<string> = new Set(['/token', '/device/auth', '/token/revocation', '/jwks'])

/** The routes of oidc-provider that are served. Anything else is not found, whatever a later version adds. */
const PROVIDER_ROUTES = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/auth',
  '/auth/:uid',
  '/token',
  '/token/revocation',
  '/device',
  '/device/:uid',
  '/session/end',
  '/session/end/confirm',
  '/session/end/success',
]

/** oidc-provider makes URLs of the Host header. They are those of the configuration, whatever name a request uses. */
const asConfigured = (url: string): RequestHandler => {
  const { host } = new URL(url)
  return (request, _response, next) => {
    request.headers.host = host
    delete request.headers['x-forwarded-host']
    delete request.headers['x-forwarded-proto']
    next()
  }
}

/** A code in the query of a link is dropped: the person types it. */
const withoutUserCode: RequestHandler = (request, _response, next) => {
  if (request.method === 'GET' && request.path === '/device') request.url = '/device'
  next()
}

/** The code comes back in the query alone: the other ways need scripts, or put it where other things read it. */
const queryModeOnly: RequestHandler = (request, _response, next) => {
  // The whole query, as oidc-provider reads it: it may hold more question marks.
  const modes = new URLSearchParams(request.url.split('?').slice(1).join('?')).getAll('response_mode')
  if (modes.some((mode) => mode !== 'query'))
    throw new StatusError('BadRequest', 'The program that sent you here asks for a response_mode other than query.')
  next()
}

export function createApp(options: AppOptions): Express {
  const { config, provider, keys, limits, upstreams, log, metrics } = options
  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', false).set('case sensitive routing', true).set('strict routing', true)
  app.set('trust proxy', [...(config.trustedProxies ?? [])])
  app.use((_request, response, next) => {
    const started = performance.now()
    response.once('close', () => metrics.answered(response.statusCode, (performance.now() - started) / 1000))
    next()
  })
  app.use(asConfigured(config.url), securityHeaders, inRequestScope)
  app.get('/style.css', (_request, response) => void response.set('cache-control', 'public, max-age=300').type('css').send(STYLE))
  app.get('/jwks', serveJwks(keys))

  app.use(['/auth', '/interaction', '/upstream', '/session', '/sign-out'], limits.limit('sign-in'))
  app.use('/token', limits.limit('token'))
  app.post('/device/auth', limits.limit('device'))
  app.post('/device', limits.limit('code'))
  app.use(withoutUserCode)
  app.use('/auth', queryModeOnly)

  for (const { id, routes } of upstreams) app.use(`/upstream/${id}`, routes)
  serveInteractions(app, options)
  serveSignOut(app, options)
  app.get('/signed-out', (_request, response) => void response.send(layout({ title: 'Signed out', body: signedOutPage() })))
  let served: { readonly by: Provider; readonly handle: ReturnType<Provider['callback']> } | undefined
  app.all(PROVIDER_ROUTES, (request, response, next) => {
    // Another one after keys have changed.
    const by = provider()
    if (served?.by !== by) served = { by, handle: by.callback() }
    served.handle(request, response).catch(next)
  })
  app.use(() => {
    throw new StatusError('NotFound', 'There is no such page.')
  })

  // Express recognizes an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  const refuse: ErrorRequestHandler = (thrown, request, response, _next) => {
    const error = statusErrorOf(thrown)
    if (error.code >= 500) log.error('request.failed', { code: error.code, error: reasonOf(error.cause ?? error) })
    if (response.headersSent) return void response.destroy()
    // The rest of a body that was not read is no request.
    if (!request.complete) response.set('connection', 'close')
    if (!PROGRAMS.has(request.path)) return showError(response, error)
    const { retryAfterSeconds } = error.details ?? {}
    if (retryAfterSeconds !== undefined) response.set('retry-after', String(retryAfterSeconds))
    const code = error.code === 404 ? 'invalid_request' : error.code === 429 ? 'slow_down' : 'temporarily_unavailable'
    response.status(error.code).json({ error: code, error_description: error.message })
  }
  app.use(refuse)
  return app
}
