import express, { type Request, type RequestHandler } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import { isOwnForm, type Session } from '../session/session.ts'

const reading = (limit: number, parameterLimit: number): RequestHandler => express.urlencoded({ extended: false, limit, parameterLimit })

/** Reads the body of a form, and nothing else: another type leaves the form without its token. A form has few fields, the longest of which is a reason. */
export const readForm: RequestHandler = reading(16 * 1024, 16)

/** The form of an approval has a field for each part that stays. */
export const readApproval: RequestHandler = reading(64 * 1024, 256)

/** A form that may hold a whole object, coded three bytes for one. */
export const readObjectForm: RequestHandler = reading(256 * 1024, 16)

/** All values of a field that a form may have several times. */
export function fields({ body }: Pick<Request, 'body'>, name: string): readonly string[] {
  const sent: unknown = body
  if (typeof sent !== 'object' || sent === null || !Object.hasOwn(sent, name)) return []
  const value = (sent as { readonly [name: string]: unknown })[name]
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string')
}

/** A field of a form, without blanks around it. Empty when it is absent or there are several. */
export function field(request: Pick<Request, 'body'>, name: string): string {
  const [value = '', ...more] = fields(request, name)
  return more.length === 0 ? value.trim() : ''
}

/** Whether the browser says that a page of another site made a form. Older browsers say nothing. */
export function isFromElsewhere({ headers: { origin, 'sec-fetch-site': site } }: Pick<Request, 'headers'>, url: string): boolean {
  return (origin !== undefined && origin !== new URL(url).origin) || (site !== undefined && site !== 'same-origin')
}

/**
 * Refuses a form that no page of this session made. Browsers also say where a form comes from; what they say must fit.
 * @throws StatusError Forbidden
 */
export function checkForm(request: Request, session: Session, url: string): void {
  if (isFromElsewhere(request, url) || !isOwnForm(session, field(request, 'csrf')))
    throw new StatusError('Forbidden', 'Nothing was done: this form is not of your session. Open the page again.')
}
