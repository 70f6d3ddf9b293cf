import * as oidc from 'openid-client'

/** Errors by which a provider says through the browser that it fails: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1 */
const OUTAGES: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable'])

const fails = (status: number): boolean => status >= 500 || status === 429

/** Whether an error of openid-client says that the provider fails, or has too much to do. Such an error is not a denial, and the answer is not a bad one. */
export function isOutage(error: unknown): boolean {
  if (error instanceof oidc.AuthorizationResponseError) return OUTAGES.has(error.error)
  if (error instanceof oidc.ResponseBodyError) return fails(error.status)
  // Of an answer that is not one of OAuth, openid-client gives the response as the last cause.
  let at = error
  while (at instanceof Error) at = at.cause
  return typeof at === 'object' && at !== null && 'status' in at && fails(Number(at.status))
}
