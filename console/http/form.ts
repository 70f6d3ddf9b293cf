import express, { type Request, type RequestHandler } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import { isOwnForm, type Session } from '../session/session.ts'

/** A form has few fields, the longest of which is a reason. */
const MAX_BYTES = 16 * 1024
const MAX_FIELDS = 16

/** Reads the body of a form, and nothing else: another type leaves the form without its token. */
export const readForm: RequestHandler = express.urlencoded({ extended: false, limit: MAX_BYTES, parameterLimit: MAX_FIELDS })

/** A form that may hold a whole object, coded three bytes for one. */
const MAX_OBJECT_BYTES = 256 * 1024
export const readObjectForm: RequestHandler = express.urlencoded({ extended: false, limit: MAX_OBJECT_BYTES, parameterLimit: MAX_FIELDS })

/** A field of a form, without blanks around it. Empty when it is absent or there are several. */
export function field({ body }: Pick<Request, 'body'>, name: string): string {
  const fields: unknown = body
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, name)) return ''
  const value = (fields as { readonly [name: string]: unknown })[name]
  return typeof value === 'string' ? value.trim() : ''
}

/**
 * Refuses a form that no page of this session made. Browsers also say where a form comes from; what they say must fit, and older ones say nothing.
 * @throws StatusError Forbidden
 */
export function checkForm(request: Request, session: Session, url: string): void {
  const { origin, 'sec-fetch-site': site } = request.headers
  const isElsewhere = (origin !== undefined && origin !== new URL(url).origin) || (site !== undefined && site !== 'same-origin')
  if (isElsewhere || !isOwnForm(session, field(request, 'csrf')))
    throw new StatusError('Forbidden', 'Nothing was done: this form is not of your session. Open the page again.')
}
