import type { Response } from 'express'
import type { StatusError } from '../../domain/status-error.ts'
import { layout } from '../pages/layout.ts'
import { messagePage, titleOf } from '../pages/message.ts'

/** A failure as a page. */
export function showError(response: Response, error: StatusError, again?: string): void {
  const { retryAfterSeconds } = error.details ?? {}
  if (retryAfterSeconds !== undefined) response.set('retry-after', String(retryAfterSeconds))
  response.status(error.code).send(layout({ title: titleOf(error.code), body: messagePage(error.message, again) }))
}
