import type { AccessSession, MissingGateway } from '../../../domain/api/access-session.ts'
import { OUTCOMES, type SessionList, type SessionSearch } from '../../cluster/sessions.ts'
import { html, verbatim, type Html } from '../../../server/html/html.ts'
import { ago, terms } from '../../html/fragments.ts'
import { sessionPath } from '../../http/known-path.ts'
import { agentOf, countsOf, didIn, lastedOf } from './counts.ts'

/** Times that can be searched, in hours. */
export const SINCE = {
  '1': 'the last hour',
  '24': 'the last day',
  '168': 'the last 7 days',
  '720': 'the last 30 days',
  '2160': 'the last 90 days',
} as const
export type Since = keyof typeof SINCE
export type Searched = Pick<SessionSearch, 'agent' | 'policy' | 'outcome'> & { readonly since: Since }

/** Gateways that did not answer are always named: a list without them looks complete. */
export const missingNotice = (missing: readonly MissingGateway[]): Html | undefined =>
  missing.length === 0
    ? undefined
    : html`<div class="warning" role="status">
        <p>This page is not complete:</p>
        <ul>
          ${missing.map(({ gateway, message }) => html`<li>The records of gateway ${gateway} are missing: ${message}.</li>`)}
        </ul>
      </div>`

const option = (value: string, text: string, chosen: string): Html =>
  value === chosen ? html`<option value="${value}" selected>${text}</option>` : html`<option value="${value}">${text}</option>`

const searchForm = ({ agent, policy, outcome, since }: Searched): Html => html`
  <form class="search" method="get" action="/sessions" role="search" aria-label="Sessions">
    <div>
      <label for="agent">Agent</label
      ><input id="agent" name="agent" value="${verbatim(agent)}" autocomplete="off" maxlength="1024" placeholder="oidc:ci" />
    </div>
    <div><label for="policy">Policy</label><input id="policy" name="policy" value="${verbatim(policy)}" autocomplete="off" maxlength="253" /></div>
    <div>
      <label for="since">Active in</label>
      <select id="since" name="since">
        ${Object.entries(SINCE).map(([hours, text]) => option(hours, text, since))}
      </select>
    </div>
    <div>
      <label for="outcome">What happened</label>
      <select id="outcome" name="outcome">
        ${Object.entries(OUTCOMES).map(([value, text]) => option(value, text, outcome))}
      </select>
    </div>
    <button type="submit">Search</button>
  </form>
`

function sessionCard(session: AccessSession, nowMs: number): Html {
  const { phase, lastActivityAt, policies, agent } = didIn(session)
  return html`<li class="card">
    <h2><a href="${sessionPath(session.metadata.name)}">${agentOf(session)}</a></h2>
    <p class="ask">${countsOf(session)}</p>
    ${terms([
      ['State', phase === 'Active' ? html`<strong>Active</strong>` : 'Ended'],
      ['Last activity', ago(lastActivityAt, nowMs)],
      ['Lasted', lastedOf(session)],
      ['Policies', policies.map(({ name }) => name).join(', ')],
      ['Says about itself', agent?.task ?? agent?.name],
    ])}
  </li>`
}

/** The latest sessions that the user sees, and the search for others. The server decides whose sessions these are. */
export const sessionsPage = ({ items, left, missing, isPartial }: SessionList, searched: Searched, nowMs: number): Html => html`
  ${searchForm(searched)} ${missingNotice(missing)}
  ${items.length === 0 ? html`<p class="empty">There is no such session in ${SINCE[searched.since]} that you can see.</p>` : undefined}
  <ol class="cards">
    ${items.map((session) => sessionCard(session, nowMs))}
  </ol>
  ${left > 0 ? html`<p class="warning">${left} older sessions are not shown. Search for less.</p>` : undefined}
  ${isPartial ? html`<p class="warning">There are more sessions than this page reads. Search for an agent or a shorter time.</p>` : undefined}
`
