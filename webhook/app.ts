import type { IncomingMessage } from 'node:http'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { asStatusError, StatusError } from '../domain/status-error.ts'
import { sendStatus } from '../server/http/status-response.ts'
import { answerTo, answerToError, type ReviewAnswer } from './review/answer.ts'
import { createBodyReader } from './review/read-body.ts'
import { readReview } from './review/read-review.ts'
import type { AdmissionOperation, Review } from './review/admission-review.ts'
import type { ValidationOutcome } from './review/validate.ts'

export type WebhookAppOptions = {
  readonly validate: (review: Review) => Promise<ValidationOutcome>
  readonly reviewed: (event: {
    readonly decision: ReviewAnswer['decision']
    readonly operation: AdmissionOperation
    readonly seconds: number
  }) => void
  /** Called for a review that could not be decided (with its uid) and for a request that could not be read (without). */
  readonly failed: (error: StatusError, uid?: string) => void
}

async function answer(review: Review, options: WebhookAppOptions): Promise<ReviewAnswer> {
  try {
    return answerTo(review.uid, await options.validate(review))
  } catch (thrown) {
    const error = asStatusError(thrown)
    const answered = answerToError(review.uid, review.identity.username, error)
    if (answered.decision === 'error') options.failed(error, review.uid)
    return answered
  }
}

/** The webhook as an Express app: `POST /validate` takes and returns an AdmissionReview. It never redirects and never repeats the request body. */
export function createApp(options: WebhookAppOptions): Express {
  const app = express()
  const readBody = createBodyReader()
  app.disable('x-powered-by').disable('etag').set('query parser', false)

  const serve = async (request: IncomingMessage): Promise<object> => {
    const body = await readBody(request)
    const started = performance.now()
    const review = readReview(body)
    const answered = await answer(review, options)
    options.reviewed({ decision: answered.decision, operation: review.operation, seconds: (performance.now() - started) / 1000 })
    return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answered.response }
  }
  app.post('/validate', (request, response, next) => {
    serve(request).then((answered) => response.json(answered), next)
  })
  app.use((request) => {
    throw request.path === '/validate'
      ? new StatusError('MethodNotAllowed', 'only POST is served')
      : new StatusError('NotFound', 'only /validate is served')
  })

  // Express recognizes an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  const refuse: ErrorRequestHandler = (thrown, _request, response, _next) => {
    const error = asStatusError(thrown)
    options.failed(error)
    sendStatus(response, error)
  }
  app.use(refuse)
  return app
}
