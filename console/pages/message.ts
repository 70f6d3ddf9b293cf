import type { StatusError } from '../../domain/status-error.ts'
import { html, type Html } from '../../server/html/html.ts'

const TITLES: { readonly [code: number]: string } = {
  400: 'This did not work',
  401: 'You are not signed in',
  403: 'Not allowed',
  404: 'Not found',
  409: 'It has changed',
  413: 'Too long',
  422: 'Not accepted',
  429: 'Too many requests',
  503: 'Not available now',
  504: 'No answer in time',
}

export const titleOf = ({ code }: Pick<StatusError, 'code'>): string => TITLES[code] ?? 'Something went wrong'

/** A refusal or an error. `back`: where to look again. */
export const errorPage = ({ message }: Pick<StatusError, 'message'>, back: { readonly path: string; readonly text: string }): Html =>
  html`<p class="warning">${message}</p>
    <p><a href="${back.path}">${back.text}</a></p>`

/** `next`: the sign-out page of the identity provider, where the browser goes on to. */
export const signedOutPage = (next?: string): Html =>
  next === undefined
    ? html`<p>You have signed out of the console. You may still be signed in at your identity provider.</p>
        <p><a class="button" href="/sign-in">Sign in</a></p>`
    : html`<p>You have signed out of the console. You go on to your identity provider, to sign out there too.</p>
        <p><a class="button" href="${next}">Go on</a></p>`
