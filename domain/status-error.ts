import type { CauseReason } from './cause-reasons.ts'

/** A cause in a Status: the machine-readable part of a refusal. */
export type StatusCause = { readonly reason: CauseReason; readonly message: string; readonly field?: string }

export type StatusDetails = {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

/** meta/v1 Status of a failure. */
export type FailureStatus = {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly continue?: string }
  readonly status: 'Failure'
  readonly message: string
  readonly reason: string
  readonly details?: StatusDetails
  readonly code: number
}

/** The reasons that jit-access returns, with their codes, from apimachinery/pkg/apis/meta/v1/types.go. */
const CODE_OF_REASON = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  BadGateway: 502,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const
export type StatusReason = keyof typeof CODE_OF_REASON

/** Characters of a message. The longest paths and commands that a message quotes are shorter; what a client sent could be as long as a body. */
const MAX_MESSAGE = 256 * 1024

const cut = (message: string): string => (message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE)}… (cut)`)

/** The only error that is returned to the client unchanged. Its message is for the caller; its `cause` is only for the log. */
export class StatusError extends Error {
  readonly reason: StatusReason
  readonly code: number
  readonly details: StatusDetails | undefined
  readonly continueToken: string | undefined

  constructor(
    reason: StatusReason,
    message: string,
    options: { readonly details?: StatusDetails; readonly code?: number; readonly continueToken?: string; readonly cause?: unknown } = {},
  ) {
    super(cut(message), { cause: options.cause })
    this.name = 'StatusError'
    this.reason = reason
    this.code = options.code ?? CODE_OF_REASON[reason]
    this.details = options.details
    this.continueToken = options.continueToken
  }

  toStatus(): FailureStatus {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    }
  }
}

/** Converts an unexpected error. None of its text reaches the caller, since it may quote the data that was being read. */
export function asStatusError(error: unknown): StatusError {
  return error instanceof StatusError
    ? error
    : new StatusError('InternalError', 'an internal error occurred; the server log names it under this request', { cause: error })
}

/**
 * Whether an API server says that this object does not exist. Any other 404 says nothing about the object: kube-apiserver does not serve the API now, or a proxy
 * does not know the path.
 * @param object as the details of a Status name it. `resource`: the plural, for example `accessgrants`.
 */
export const saysAbsent = (error: unknown, { resource, name }: { readonly resource: string; readonly name: string }): boolean =>
  error instanceof StatusError && error.reason === 'NotFound' && error.details?.kind === resource && error.details.name === name

/** Faults that a refusal names. A body can have so many that a refusal with all of them would be much larger than the body. */
export const MAX_FAULTS = 100

/** The first texts in one line, and how many more there are. */
export function listFaults(texts: readonly string[]): string {
  const more = texts.length - MAX_FAULTS
  return [...texts.slice(0, MAX_FAULTS), ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
}

/** Validation errors of one object: a 422 with one cause for each field, up to {@link MAX_FAULTS}. */
export function invalid(kind: string, name: string, causes: readonly StatusCause[]): StatusError {
  const list = listFaults(causes.map((cause) => `${cause.field ?? ''}: ${cause.message}`))
  const text = causes.length === 1 ? list : `[${list}]`
  return new StatusError('Invalid', `${kind}.jit.access "${name}" is invalid: ${text}`, {
    details: { name, group: 'jit.access', kind, causes: causes.slice(0, MAX_FAULTS) },
  })
}
