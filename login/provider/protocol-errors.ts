import { errors } from 'oidc-provider'
import { StatusError } from '../../domain/status-error.ts'
import { NotRecorded } from '../records/login-records.ts'

/**
 * An error of the store as one of the protocol. oidc-provider would call it an error of its own (500), and a program would not know that it may try again.
 */
export function protocolError(error: unknown): unknown {
  if (!(error instanceof StatusError)) return error
  const isFull = error.code === 429
  const made = new errors.TemporarilyUnavailable(isFull || error instanceof NotRecorded ? error.message : 'the store cannot be reached; try again', {
    cause: error,
  })
  return Object.assign(made, { status: isFull ? 429 : 503, statusCode: isFull ? 429 : 503 })
}

/** The same function, with the errors of {@link protocolError}. */
export const withProtocolErrors =
  <Arguments extends readonly unknown[], Result>(work: (...given: Arguments) => Promise<Result>) =>
  async (...given: Arguments): Promise<Result> => {
    try {
      return await work(...given)
    } catch (error) {
      throw protocolError(error)
    }
  }
