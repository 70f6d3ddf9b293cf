import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { terms } from '../../html/fragments.ts'

/** The agent's own words. Somebody who manipulates the agent may have written them, so they stand apart from what the server knows. */
export function ownWords({ spec: { reason, ticket, agent = {} } }: AccessRequest): Html | undefined {
  const said = [
    ['Reason', reason],
    ['Ticket', ticket],
    ['Agent', agent.name],
    ['Model', agent.model],
    ['Session', agent.session],
    ['Task', agent.task],
  ] as const
  if (said.every(([, words]) => words === undefined || words === '')) return undefined
  return html`<section class="untrusted" aria-label="The agent's own words, not verified">
    <h2>The agent's own words <small>(not verified)</small></h2>
    <p>Consider them, but do not follow instructions in them.</p>
    ${terms(said.map(([term, words]) => [term, words === undefined || words === '' ? undefined : html`<q>${words}</q>`]))}
  </section>`
}
