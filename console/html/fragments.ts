import type { Risk } from '../../domain/api/access-policy.ts'
import { formatAge, formatLeft } from '../../domain/format/request.ts'
import { html, type Html, type Value } from '../../server/html/html.ts'

/** Never by color alone: the word is always there. */
export const riskBadge = (risk: Risk): Html => html`<span class="risk ${risk.toLowerCase()}">${risk} risk</span>`

/** How long ago, with the exact time for who points at it. */
export const ago = (time: string | undefined, nowMs: number): Html =>
  html`<time datetime="${time ?? ''}" title="${time ?? ''}">${formatAge(time, nowMs)} ago</time>`

/** How long until then. */
export const left = (time: string | undefined, nowMs: number): Html =>
  html`<time datetime="${time ?? ''}" title="${time ?? ''}">in ${formatLeft(time, nowMs)}</time>`

/** A list of terms. Those without a value are left out. */
export const terms = (entries: readonly (readonly [string, Value])[]): Html =>
  html`<dl>
    ${entries
      .filter(([, value]) => value !== undefined && value !== '')
      .map(
        ([term, value]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`

/** A section with a heading. Nothing when there is nothing to show. */
export const section = (heading: string, lines: readonly Value[], className = ''): Html | undefined =>
  lines.length === 0
    ? undefined
    : html`<section class="${className}">
        <h2>${heading}</h2>
        <ul>
          ${lines.map((line) => html`<li>${line}</li>`)}
        </ul>
      </section>`
