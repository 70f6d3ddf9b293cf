import express, { type Express, type Response } from 'express'

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // No code and no result of a sign-in reaches another site. Not `no-referrer`: browsers would then send `Origin: null` with every form.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const

export type PageAppOptions = {
  /** The content security policy of every response, errors included. */
  readonly policy: string
  /** The stylesheet that all pages load. */
  readonly style: string
  readonly answered: (response: Response, seconds: number) => void
}

/** An app that serves pages to browsers, without its routes. */
export function createPageApp({ policy, style, answered }: PageAppOptions): Express {
  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', false).set('case sensitive routing', true).set('strict routing', true)
  app.use((_request, response, next) => {
    const started = performance.now()
    response.once('close', () => answered(response, (performance.now() - started) / 1000))
    response.set({ ...HEADERS, 'content-security-policy': policy })
    next()
  })
  app.get('/style.css', (_request, response) => void response.set('cache-control', 'public, max-age=300').type('css').send(style))
  return app
}
