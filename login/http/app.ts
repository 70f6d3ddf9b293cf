import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Express, Request, RequestHandler } from 'express'
import type Provider from 'oidc-provider'
import { StatusError } from '../../domain/status-error.ts'
import { siteOf } from '../../server/http/client-network.ts'
import { boundLargeBodies } from '../../server/http/large-bodies.ts'
import { createPageApp } from '../../server/http/page-app.ts'
import { answerErrors } from '../../server/http/page-errors.ts'
import type { LoginConfig } from '../config/config.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { layout } from '../pages/layout.ts'
import { signedOutPage } from '../pages/message-page.ts'
import { inRequestScope } from '../provider/request-scope.ts'
import { showError } from './errors.ts'
import { serveInteractions, type InteractionOptions } from './interactions.ts'
import { serveJwks } from './jwks.ts'
import type { RateLimits } from './rate-limits.ts'
import { serveSignOut } from './sign-out.ts'

const STYLE = ['../../server/html/base.css', '../pages/style.css'].map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('')

/**
 * No scripts, no frames, nothing of other hosts. There is no form-action: browsers apply it to where a form leads in the end, which is the program or the identity provider that the
 * person goes on to. No page has text that could become a form: all of it is escaped.
 */
const POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"

export type AppOptions = InteractionOptions & {
  readonly config: LoginConfig
  readonly provider: () => Provider
  readonly keys: () => SigningKeys
  readonly limits: RateLimits
}

/** Messages of SAML that are read at the same time, of one site and of all. Each takes up to 512 KiB, and many times that while it is judged. */
const LARGE = { each: 8, all: 48, ownerOf: ({ ip = '' }: Request) => siteOf(ip) } as const

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
  const app = createPageApp({ policy: POLICY, style: STYLE, answered: ({ statusCode }, seconds) => metrics.answered(statusCode, seconds) })
  app.set('trust proxy', [...(config.trustedProxies ?? [])])
  app.use(asConfigured(config.url), inRequestScope)
  app.get('/jwks', serveJwks(keys))

  app.use(['/auth', '/interaction', '/upstream', '/session', '/sign-out'], limits.limit('sign-in'))
  app.use('/token', limits.limit('token'))
  app.post('/device/auth', limits.limit('device'))
  app.post('/device', limits.limit('code'))
  app.use(boundLargeBodies(LARGE))
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

  app.use(
    answerErrors(log, (error, { path }, response) => {
      if (!PROGRAMS.has(path)) return showError(response, error)
      const code = error.code === 429 ? 'slow_down' : error.code < 500 ? 'invalid_request' : 'temporarily_unavailable'
      response.json({ error: code, error_description: error.message })
    }),
  )
  return app
}
