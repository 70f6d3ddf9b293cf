import type { RequestHandler } from 'express'

/** What a page can allow itself beyond what all pages may do. Each serves one library. */
export type Allowance =
  /** A library that compiles WebAssembly. */
  | 'wasm'
  /** A library that makes elements of text without a policy of Trusted Types. */
  | 'untyped-html'

/** The policy of Trusted Types that console/browser/fragment.js makes. Scripts can make no other. */
const TRUSTED_TYPES = 'jit-access'

/**
 * The content security policy. Scripts, styles and connections of the console itself, never inline; no frames, nothing of other hosts, and forms only
 * to the console. Text becomes elements by one policy of Trusted Types only.
 */
export function contentPolicy(allows: readonly Allowance[] = []): string {
  const may = (allowance: Allowance): boolean => allows.includes(allowance)
  return [
    "default-src 'none'",
    `script-src 'self'${may('wasm') ? " 'wasm-unsafe-eval'" : ''}`,
    "style-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    ...(may('untyped-html') ? [] : ["require-trusted-types-for 'script'", `trusted-types ${TRUSTED_TYPES}`]),
  ].join('; ')
}

const HEADERS = {
  'content-security-policy': contentPolicy(),
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not `no-referrer`: browsers would then send `Origin: null` with every form.
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
