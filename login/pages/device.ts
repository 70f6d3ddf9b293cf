import { html, type Html } from '../../server/html/html.ts'

type Form = { readonly action: string; readonly xsrf: string }

export const deviceInputPage = ({ action, xsrf }: Form, problem?: string): Html =>
  html`${problem === undefined ? undefined : html`<p class="warning" role="alert">${problem}</p>`}
    <form method="post" action="${action}">
      <input type="hidden" name="xsrf" value="${xsrf}" />
      <label for="user_code">Code that your terminal shows</label>
      <input
        type="text"
        id="user_code"
        name="user_code"
        required
        maxlength="16"
        autocomplete="off"
        autocapitalize="characters"
        spellcheck="false"
        aria-describedby="hint"
      />
      <p class="hint" id="hint">
        Eight letters. Type a code only from a terminal in which you started to sign in yourself. Nobody from support ever sends you one.
      </p>
      <button type="submit">Continue</button>
    </form>`

export const deviceConfirmPage = (
  { action, xsrf }: Form,
  { client, code, address }: { readonly client: string; readonly code: string; readonly address: string },
): Html =>
  html`<dl>
      <dt>Program</dt>
      <dd><strong>${client}</strong></dd>
      <dt>Started from the address</dt>
      <dd>${address}</dd>
      <dt>Code</dt>
      <dd class="code">${code}</dd>
    </dl>
    <p class="warning">
      The program that shows this code gets tokens that act as you. Go on only if it is your own terminal that shows it. If you got the code by mail,
      chat or phone, cancel and tell your security team.
    </p>
    <form method="post" action="${action}">
      <input type="hidden" name="xsrf" value="${xsrf}" />
      <input type="hidden" name="user_code" value="${code}" />
      <div class="actions">
        <button type="submit" name="confirm" value="yes">My terminal shows this code</button>
        <button type="submit" class="second" name="abort" value="yes">Cancel</button>
      </div>
    </form>`

export const deviceDonePage = (client: string): Html =>
  html`<p><strong>${client}</strong> is signed in. You can close this page and go back to your terminal.</p>`
