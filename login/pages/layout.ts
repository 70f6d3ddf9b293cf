import { html, type Html } from '../../server/html/html.ts'

/** A whole page. It works without scripts, and loads nothing but its stylesheet. */
export const layout = ({ title, body }: { readonly title: string; readonly body: Html }): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title} · jit-access</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header><span class="brand">jit-access</span> <span class="quiet">sign-in</span></header>
        <main id="main">
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.markup
