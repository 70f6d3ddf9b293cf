import { html, verbatim, type Html } from '../../server/html/html.ts'

/** Text that somebody typed into a form that did nothing, for them to copy. */
export type Typed = { readonly label: string; readonly text: string }

export const typedPart = (typed: readonly Typed[]): readonly Html[] =>
  typed.map(
    ({ label, text }, index) =>
      html`<p>
        <label for="typed-${index}">${label}</label>
        <textarea id="typed-${index}" class="short" readonly>${verbatim(`\n${text}`)}</textarea>
      </p>`,
  )
