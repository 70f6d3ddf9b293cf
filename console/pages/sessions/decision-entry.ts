import { decisionDetails, decisionLine } from '../../../domain/explain/decision-words.ts'
import type { SessionDecision } from '../../../domain/explain/session-decisions.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { isName, requestPath } from '../../http/known-path.ts'

export const listOf = (lines: readonly string[]): Html | undefined =>
  lines.length === 0
    ? undefined
    : html`<ul class="details">
        ${lines.map((line) => html`<li>${line}</li>`)}
      </ul>`

export const whenOf = (time: string): Html => html`<time datetime="${time}">${time.slice(0, 19).replace('T', ' ')}</time>`

/** The word of an entry. Not by its color alone. */
const BAD: ReadonlySet<string> = new Set(['Denied', 'Revoked', 'Failed', 'Unjustified'])

/** A decision that the records of the gateways do not have. It says where it comes from: nothing vouches for it but jit-apiserver. */
export const decisionEntry = (decision: SessionDecision): Html =>
  html`<li class="event decision">
    <p class="when">${whenOf(decision.time)} <span class="outcome ${BAD.has(decision.decision) ? 'bad' : ''}">${decision.decision}</span></p>
    <p class="ask">${decisionLine(decision)}</p>
    ${listOf(decisionDetails(decision))}
    ${isName(decision.request) ? html`<p><a href="${requestPath(decision.request)}">The request</a></p>` : undefined}
    <p class="quiet">From jit-apiserver, not from the records</p>
  </li>`
