import type { Response } from 'express'

/** Submits the only form of the page. */
export const SUBMIT_SCRIPT = 'document.forms[0].submit()\n'

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/**
 * A page that posts a message to the identity provider: at once with JavaScript, by its button without. Its policy lets it post there only.
 * @param form `action` is an HTTPS URL of the metadata
 */
export function sendForm(
  response: Response,
  { action, script, fields }: { readonly action: string; readonly script: string; readonly fields: { readonly [name: string]: string } },
): void {
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
  const { origin } = new URL(action)
  response
    .status(200)
    .set({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; script-src 'self'; form-action ${origin}; base-uri 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Continue to your identity provider</title></head>` +
        `<body><main><h1>Continue to your identity provider</h1><form method="post" action="${escape(action)}">${inputs.join('')}<button>Continue</button></form></main>` +
        `<script src="${escape(script)}"></script></body></html>`,
    )
}
