import type { StatusError } from '../../domain/status-error.ts'
import { html, type Html } from '../../server/html/html.ts'
import { typedPart, type Typed } from './unsent-text.ts'

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

type Shown = Pick<StatusError, 'code' | 'message' | 'details'>

/** Whether the same request can succeed later without anybody changing something. */
export const isPassing = ({ code }: Pick<StatusError, 'code'>): boolean => [429, 502, 503, 504].includes(code)

/** What to do about it. `changes`: the request was one that changes something. */
function hint(error: Shown, changes: boolean): string | undefined {
  const { code, details } = error
  const { retryAfterSeconds: seconds } = details ?? {}
  const when = seconds === undefined ? 'in a moment' : `in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
  if (code === 404 && details?.kind !== undefined)
    return 'It does not exist, or you may not see it. What was decided or has ended is removed after some days.'
  if (!isPassing(error)) return undefined
  if (!changes) return `Try again ${when}.`
  return code === 429 ? `Nothing was done. Try again ${when}.` : `It is not certain whether it was done. Look again ${when}, before you repeat it.`
}

/** `typed`: what the form had, which did nothing. Optional. Defaults to nothing. */
type Sent = { readonly changes: boolean; readonly typed?: readonly Typed[] }

/** A refusal or an error. `back`: where to look again. */
export const errorPage = (error: Shown, back: { readonly path: string; readonly text: string }, { changes, typed = [] }: Sent): Html => {
  const then = hint(error, changes)
  return html`<div class="warning">
      <p>${error.message}</p>
      ${then === undefined ? undefined : html`<p>${then}</p>`}
    </div>
    ${typedPart(typed)}
    <p><a href="${back.path}">${back.text}</a></p>`
}

/** `next`: the sign-out page of the identity provider, where the browser goes on to. */
export const signedOutPage = (next?: string): Html =>
  next === undefined
    ? html`<p>You have signed out of the console. You may still be signed in at your identity provider.</p>
        <p><a class="button" href="/sign-in">Sign in</a></p>`
    : html`<p>You have signed out of the console. You go on to your identity provider, to sign out there too.</p>
        <p><a class="button" href="${next}">Go on</a></p>`
