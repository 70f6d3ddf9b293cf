import { StatusError } from '../domain/status-error.ts'

/**
 * The same response for every missing or rejected bearer token. Only the log says which check a token failed, so a client that tries tokens
 * learns nothing from the response.
 */
const MESSAGE = 'the gateway needs a valid bearer token. Get a new one; if it is refused too, an admin finds the reason in the log of the gateway'

/** @param reason for the log; contains no part of the token except claim names, and an issuer or group as JSON text */
export const unauthorized = (reason: string, cause?: unknown): StatusError =>
  new StatusError('Unauthorized', MESSAGE, { cause: new Error(reason, cause === undefined ? {} : { cause }) })
