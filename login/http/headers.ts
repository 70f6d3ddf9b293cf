import type { RequestHandler } from 'express'

/**
 * No scripts, no frames, nothing of other hosts. There is no form-action: browsers apply it to where a form leads in the end, which is the program or the identity provider that the
 * person goes on to. No page has text that could become a form: all of it is escaped.
 */
const POLICY = ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // No code and no result of a sign-in reaches another site.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const

/** The headers of every response, errors included. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set(HEADERS)
  next()
}
