import { html, type Html } from '../../server/html/html.ts'

export type Consent = {
  readonly interaction: string
  readonly client: string
  readonly person: string
  readonly form: string
  /** Where the browser goes on to. Undefined for a device code. */
  readonly redirectHost: string | undefined
}

/** A program without a secret can be any program of the computer, so the person says whether they began this. */
export const consentPage = ({ interaction, client, person, form, redirectHost }: Consent): Html =>
  html`<p>
      <strong>${client}</strong> asks for tokens that act as you,
      <strong>${person}</strong>${redirectHost === undefined ? '' : html`, for a program on this computer (<code>${redirectHost}</code>)`}.
    </p>
    <p class="warning">Go on only if you have just started to sign in yourself. If somebody sent you here, cancel.</p>
    <form method="post" action="/interaction/${interaction}/consent">
      <input type="hidden" name="form" value="${form}" />
      <div class="actions">
        <button type="submit" name="decision" value="continue">Continue</button>
        <button type="submit" class="second" name="decision" value="cancel">Cancel</button>
      </div>
    </form>`
