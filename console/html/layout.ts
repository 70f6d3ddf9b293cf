import { scriptPath, stylePath } from '../assets/assets.ts'
import type { Script, Style } from '../assets/asset-files.ts'
import type { Session } from '../session/session.ts'
import { html, type Html } from '../../server/html/html.ts'
import { navigationLinks } from './navigation.ts'

export type Page = {
  readonly title: string
  readonly body: Html
  /** Undefined for pages of nobody. */
  readonly session?: Session | undefined
  /** Path of the page, which the navigation marks. Optional. Defaults to no page of the navigation. */
  readonly at?: string
  /** Modules that make the page better, in the order in which they run. The page must work without them. None by default. */
  readonly scripts?: readonly Script[] | undefined
  /** Stylesheets of third-party scripts. None by default. */
  readonly styles?: readonly Style[] | undefined
}

/** The hidden field of every form: a form without it does nothing. */
export const csrfField = ({ csrf }: Session): Html => html`<input type="hidden" name="csrf" value="${csrf}" />`

const navigation = (session: Session, at: string | undefined): Html => html`
  ${navigationLinks(at)}
  <form class="account" method="post" action="/sign-out">
    ${csrfField(session)}
    <span class="user">${session.username}</span>
    <button type="submit" class="quiet">Sign out</button>
  </form>
`

/** A bundle whose global is a variable, which a module would keep to itself. */
const CLASSIC: ReadonlySet<Script> = new Set(['asciinema-player'])

/** Both run when the page is read, in their order. */
const script = (name: Script): Html =>
  CLASSIC.has(name) ? html`<script defer src="${scriptPath(name)}"></script>` : html`<script type="module" src="${scriptPath(name)}"></script>`

/** A whole page. It works without its scripts, and loads nothing of other hosts. */
export const layout = ({ title, body, session, at, scripts = [], styles = [] }: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · jit-access</title>
        <link rel="stylesheet" href="/style.css" />
        ${styles.map((name) => html`<link rel="stylesheet" href="${stylePath(name)}" />`)} ${scripts.map(script)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <span class="brand">jit-access</span>
          ${session === undefined ? undefined : navigation(session, at)}
        </header>
        <main id="main" tabindex="-1">
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.markup
