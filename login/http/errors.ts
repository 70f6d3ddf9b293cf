import type { Response } from 'express'
import type { StatusError } from '../../domain/status-error.ts'
import { layout } from '../pages/layout.ts'
import { messagePage, titleOf } from '../pages/message-page.ts'

/** A failure as a page. */
export function showError(response: Response, error: StatusError, again?: string): void {
  response.status(error.code).send(layout({ title: titleOf(error.code), body: messagePage(error.message, again) }))
}
