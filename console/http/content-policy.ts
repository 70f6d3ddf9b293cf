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
