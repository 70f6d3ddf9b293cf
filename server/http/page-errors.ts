import type { ErrorRequestHandler, Request, Response } from 'express'
import { asStatusError, StatusError } from '../../domain/status-error.ts'
import { reasonOf, type Log } from '../log.ts'

/** The errors of Express' own parsers carry a code. Their messages repeat what was sent. */
function statusErrorOf(thrown: unknown): StatusError {
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined
  if (thrown instanceof StatusError || typeof status !== 'number' || status < 400 || status > 499) return asStatusError(thrown)
  return status === 413
    ? new StatusError('RequestEntityTooLarge', 'The form is too long.')
    : new StatusError('BadRequest', 'The request cannot be read.')
}

/** Answers what a route throws. `show` sends the page, after the code and the headers of the error are set. */
export const answerErrors =
  (log: Log, show: (error: StatusError, request: Request, response: Response) => void): ErrorRequestHandler =>
  // Express recognizes an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  (thrown, request, response, _next) => {
    const error = statusErrorOf(thrown)
    if (error.code >= 500) log.error('request.failed', { code: error.code, error: reasonOf(error.cause ?? error) })
    if (response.headersSent) return void response.destroy()
    const { retryAfterSeconds } = error.details ?? {}
    if (retryAfterSeconds !== undefined) response.set('retry-after', String(retryAfterSeconds))
    // The rest of a body that was not read is not a request.
    if (!request.complete) response.set('connection', 'close')
    show(error, request, response.status(error.code))
  }
