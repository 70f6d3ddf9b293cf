import type { Response } from 'express'
import { layout, type Page } from '../html/layout.ts'
import { contentPolicy, type Allowance } from './content-policy.ts'

/** Sends a page. `allows`: what its scripts need beyond the content security policy of all pages. Nothing by default. */
export function sendPage(response: Response, { allows = [], ...page }: Page & { readonly allows?: readonly Allowance[] }): void {
  if (allows.length > 0) response.set('content-security-policy', contentPolicy(allows))
  response.send(layout({ at: response.req.path, ...page }))
}
