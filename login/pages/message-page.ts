import { html, type Html } from '../../server/html/html.ts'

const TITLES: { readonly [code: number]: string } = {
  400: 'This did not work',
  403: 'Not allowed',
  404: 'Not found',
  413: 'Too long',
  429: 'Too many requests',
  502: 'Not available now',
  503: 'Not available now',
}

export const titleOf = (code: number): string => TITLES[code] ?? 'Something went wrong'

/** A refusal or an error. `again`: where the same sign-in goes on. */
export const messagePage = (message: string, again?: string): Html =>
  html`<p class="warning" role="alert">${message}</p>
    ${again === undefined ? html`<p>Start again where you came from.</p>` : html`<p><a class="button" href="${again}">Try again</a></p>`}`

export const signedOutPage = (): Html =>
  html`<p>You have signed out here. You may still be signed in at your identity provider and in the programs that you signed in to.</p>`

export type SignOut = { readonly action: string; readonly xsrf: string; /** Path that ends all sign-ins. */ readonly everywhere: string | undefined }

export const signOutPage = ({ action, xsrf, everywhere }: SignOut): Html =>
  html`<p>Sign out of jit-access in this browser?</p>
    <form method="post" action="${action}">
      <input type="hidden" name="xsrf" value="${xsrf}" />
      <div class="actions">
        <button type="submit" name="logout" value="yes">Sign out</button>
        <button type="submit" class="second">Stay signed in</button>
      </div>
    </form>
    ${everywhere === undefined ? undefined : html`<p><a href="${everywhere}">Sign out everywhere: in all programs, and at your identity provider</a></p>`}`
