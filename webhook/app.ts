import express, { type ErrorRequestHandler, type Express } from 'express'
import { asStatusError, StatusError } from '../domain/status-error.ts'
import { answerTo, answerToError, type Answer } from './answer.ts'
import { readReview } from './read-review.ts'
import type { Operation, Review } from './review.ts'
import type { Outcome } from './validate.ts'

/**
 * An object and its old form, each up to the 3 MiB that kube-apiserver reads of a body; bytes that came as protobuf grow by a third in JSON.
 */
const BODY_LIMIT = 16 * 1024 * 1024

export type AppOptions = {
  readonly validate: (review: Review) => Promise<Outcome>
  readonly reviewed: (told: { readonly decision: Answer['word']; readonly operation: Operation; readonly seconds: number }) => void
  /** Told why a review could not be decided, and what could not be read. */
  readonly failed: (error: StatusError, uid?: string) => void
}

/** What body-parser says of a body that it did not take; its message may quote and is dropped. */
function unread(error: unknown): StatusError {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  if (status === 413) return new StatusError('RequestEntityTooLarge', `the body is larger than ${BODY_LIMIT} bytes`)
  if (status === 415) return new StatusError('UnsupportedMediaType', 'a body without content encoding is expected')
  if (typeof status === 'number' && status >= 400 && status < 500) return new StatusError('BadRequest', 'the body cannot be read')
  return asStatusError(error)
}

async function answer(review: Review, options: AppOptions): Promise<Answer> {
  try {
    return answerTo(review.uid, await options.validate(review))
  } catch (thrown) {
    const error = asStatusError(thrown)
    options.failed(error, review.uid)
    return answerToError(review.uid, review.identity.username, error)
  }
}

/** The webhook as an express app: `POST /validate`, AdmissionReview in and out. It never redirects and never echoes. */
export function createApp(options: AppOptions): Express {
  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', false)

  const serve = async (body: unknown): Promise<object> => {
    const started = performance.now()
    if (!Buffer.isBuffer(body)) throw new StatusError('UnsupportedMediaType', 'application/json is expected')
    const review = readReview(body)
    const answered = await answer(review, options)
    options.reviewed({ decision: answered.word, operation: review.operation, seconds: (performance.now() - started) / 1000 })
    return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answered.response }
  }
  app.post('/validate', express.raw({ type: 'application/json', limit: BODY_LIMIT, inflate: false }), (request, response, next) => {
    serve(request.body).then((answered) => response.json(answered), next)
  })
  app.use((request) => {
    throw request.path === '/validate'
      ? new StatusError('MethodNotAllowed', 'only POST is served')
      : new StatusError('NotFound', 'only /validate is served')
  })

  // Express knows an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  const refuse: ErrorRequestHandler = (thrown, request, response, _next) => {
    const error = thrown instanceof StatusError ? thrown : unread(thrown)
    options.failed(error)
    if (response.headersSent) return void response.destroy()
    if (!request.complete) response.setHeader('connection', 'close') // what is left of the body is not read
    response.status(error.code).json(error.toStatus())
  }
  app.use(refuse)
  return app
}
