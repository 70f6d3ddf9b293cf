import type { Response } from 'express'
import { html, verbatim } from '../../../server/html/html.ts'
import { layout } from '../../pages/layout.ts'

/** Submits the only form of the page, once the page is there: a browser can drop what is submitted while it loads. */
export const SUBMIT_SCRIPT = "addEventListener('load', () => document.forms[0].submit())\n"

/**
 * There is no form-action: browsers apply it to each redirect of the identity provider too, which may lead to another of its hosts. The page has one form, and
 * all of its values are escaped.
 */
const POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"

const TITLE = 'Continue to your identity provider'

/**
 * A page that posts a message to the identity provider: at once with JavaScript, by its button without.
 * @param form `action` is an HTTPS URL of the metadata
 */
export function sendForm(
  response: Response,
  { action, script, fields }: { readonly action: string; readonly script: string; readonly fields: { readonly [name: string]: string } },
): void {
  const body = html`<form method="post" action="${action}">
      ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${verbatim(value)}" />`)}
      <button type="submit">Continue</button>
    </form>
    <script src="${script}"></script>`
  response
    .status(200)
    .set({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .send(layout({ title: TITLE, body }))
}
