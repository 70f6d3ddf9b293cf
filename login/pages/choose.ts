import { html, type Html } from '../../server/html/html.ts'

/** Links, not a form: a form that leads to another site would need that site in the content security policy. */
export const choosePage = (
  interaction: string,
  { client, upstreams }: { readonly client: string; readonly upstreams: readonly { readonly id: string; readonly label: string }[] },
): Html =>
  html`<p>Choose where you sign in, to go on to <strong>${client}</strong>.</p>
    <ul class="choices">
      ${upstreams.map(({ id, label }) => html`<li><a class="button" href="/interaction/${interaction}/upstream/${id}">${label}</a></li>`)}
    </ul>`
