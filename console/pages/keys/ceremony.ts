import { html, verbatim, type Html, type Value } from '../../../server/html/html.ts'

/** The scripts of a page with such a form. */
export const CEREMONY_SCRIPTS = ['webauthn', 'passkey'] as const

/**
 * A form that an authenticator completes: its button works when the script runs, which puts the response of the browser into the field `response`.
 * @param options what the function of @simplewebauthn/browser takes
 */
export const ceremony = (
  { kind, action, options }: { readonly kind: 'create' | 'get'; readonly action: string; readonly options: object },
  { fields, button }: { readonly fields: Value; readonly button: string },
): Html =>
  html`<form method="post" action="${action}" data-passkey="${kind}" data-options="${verbatim(JSON.stringify(options))}">
    ${fields}
    <input type="hidden" name="response" value="" />
    <noscript><p class="warning">A passkey needs JavaScript, which is off in this browser. Turn it on for this page.</p></noscript>
    <p class="warning" role="alert" hidden></p>
    <p><button type="submit" class="approve" disabled>${button}</button></p>
  </form>`
