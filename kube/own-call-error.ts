import { StatusError } from '../domain/status-error.ts'

/**
 * The error of a call that a server made for itself, to decide on the request of somebody else. A 401, 403 or 429 of that call is about the server: it
 * must not pass for a denial of the request, or make its client get another token.
 * @param failed what could not be done, as a clause
 */
export function ownCallError(error: unknown, failed: string): unknown {
  if (!(error instanceof StatusError) || error.code >= 500) return error
  return new StatusError('ServiceUnavailable', `${failed}; try again`, { cause: error, details: { retryAfterSeconds: 2 } })
}
