import { html, verbatim } from '../../server/html/html.ts'
import { layout } from './layout.ts'

/** A form that the person sends. */
export const continuePage = ({
  action,
  fields,
}: {
  readonly action: string
  readonly fields: readonly { readonly name: string; readonly value: string }[]
}): string =>
  layout({
    title: 'Continue',
    body: html`<form method="post" action="${action}">
      ${fields.map(({ name, value }) => html`<input type="hidden" name="${name}" value="${verbatim(value)}" />`)}
      <button type="submit">Continue</button>
    </form>`,
  })
