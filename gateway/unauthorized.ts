import { StatusError } from '../domain/status-error.ts'

/**
 * The one answer to every request whose bearer token is missing or not accepted. Which of its checks a token failed is for the log alone:
 * whoever tries tokens learns nothing from the answer.
 */
const MESSAGE = 'the gateway needs a valid bearer token. Get a new one; if it is refused too, an admin finds the reason in the log of the gateway'

/** @param reason for the log; holds no part of the token but names of claims, and an issuer or a group as JSON text */
export const unauthorized = (reason: string, cause?: unknown): StatusError =>
  new StatusError('Unauthorized', MESSAGE, { cause: new Error(reason, cause === undefined ? {} : { cause }) })
