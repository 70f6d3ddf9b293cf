import { html, type Html } from '../../server/html/html.ts'
import type { Identity } from './identities.ts'

/** Where a sign-in waits for its human. */
export const interactionPath = (uid: string): string => `/interaction/${uid}`
export const STYLE_PATH = '/login.css'

const page = (title: string, body: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.markup

const choice = ({ id, groups, human }: Identity): Html =>
  html`<li>
    <button type="submit" name="user" value="${id}">
      <b>${id}</b> <small>${human}; ${groups.length === 0 ? 'in no group' : `in ${groups.join(', ')}`}</small>
    </button>
  </li>`

/** The humans of the development, one button each. There are no passwords. */
export const loginPage = (humans: readonly Identity[], { uid, client }: { readonly uid: string; readonly client: string }): string =>
  page(
    'Sign in as',
    html`<p>
        This is the identity provider of a development environment, for the machine that it runs on. It asks for no password: everybody who reaches it
        can sign in as anybody. You continue to ${client}.
      </p>
      <form method="post" action="${interactionPath(uid)}">
        <ul>
          ${humans.map(choice)}
        </ul>
        <button type="submit" name="user" value="">Do not sign in</button>
      </form>`,
  )

export const endedPage = (): string =>
  page('This sign-in has ended', html`<p>It was completed or is too old. Go back to the page that you came from, and sign in again.</p>`)
