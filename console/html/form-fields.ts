import { MAX_MESSAGE } from '../pages/max-message.ts'
import { html, verbatim, type Html } from '../../server/html/html.ts'

/** The field for the reason of a form, with its label. */
export const reasonField = (id: string, label: string): Html =>
  html`<label for="${id}">${label}</label> <input id="${id}" name="reason" maxlength="${MAX_MESSAGE}" autocomplete="off" required />`

/** A text field with its label. */
export const textField = (
  name: string,
  label: string,
  { value = '', placeholder = '' }: { readonly value?: string; readonly placeholder?: string } = {},
): Html =>
  html`<span class="pair"
    ><label for="${name}">${label}</label>
    <input id="${name}" name="${name}" value="${verbatim(value)}" maxlength="1024" autocomplete="off" placeholder="${placeholder}" />
  </span>`

/** A choice with its label. */
export const selectField = (
  name: string,
  label: string,
  { options, value }: { readonly options: readonly (readonly [value: string, text: string])[]; readonly value: string },
): Html =>
  html`<span class="pair"
    ><label for="${name}">${label}</label>
    <select id="${name}" name="${name}">
      ${options.map(([each, text]) => html`<option value="${each}" ${each === value ? html`selected` : undefined}>${text}</option>`)}
    </select></span
  >`
