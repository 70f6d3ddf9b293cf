import { isInForce } from '../../../domain/api/access-suspension.ts'
import { KEPT_DAYS, type AgentSummary, type Agents } from '../../cluster/agents/agents.ts'
import type { PartReading } from '../../cluster/part-reading.ts'
import { reasonField, textField } from '../../html/form-fields.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { csrfField } from '../../html/layout.ts'
import { ago } from '../../html/fragments.ts'
import { agentPath } from '../../http/known-path.ts'
import type { Session } from '../../session/session.ts'
import { suspensionCard } from './suspensions.ts'

/** Agents and suspensions on the page. */
const MAX_SHOWN = 200
const MAX_SUSPENSIONS = 100

type Shown = { readonly session: Session; readonly nowMs: number; readonly named: string; readonly policies: readonly string[] }

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`

function card({ username, pending, live, asked, denied, lastSeenMs, suspendedBy }: AgentSummary, nowMs: number): Html {
  return html`<li>
    <a class="card" href="${agentPath(username)}">
      <span class="ask">${username}</span>
      <span class="facts">
        ${suspendedBy === undefined ? undefined : html`<span class="phase bad">Suspended</span>`}
        <span>${count(live, 'live grant')}</span>
        <span>${count(pending, 'pending request')}</span>
        <span>${count(asked, 'request')} kept, ${denied} denied</span>
        ${lastSeenMs === 0 ? undefined : html`<span>last seen ${ago(new Date(lastSeenMs).toISOString(), nowMs)}</span>`}
      </span>
    </a>
  </li>`
}

export const unreadableWarning = (what: string, reading: PartReading<unknown>): Html | undefined =>
  reading.is === 'there' ? undefined : html`<p class="warning">${what} are not shown: ${reading.why}</p>`

function suspensionsPart({ suspensions }: Agents, { session, nowMs }: Shown): Html | undefined {
  if (suspensions.is === 'unreadable') return unreadableWarning('Suspensions', suspensions)
  const inForce = suspensions.value.items.filter(isInForce)
  if (inForce.length === 0) return undefined
  const more = inForce.length - MAX_SUSPENSIONS
  return html`<section>
    <h2>Suspensions in force</h2>
    <ol class="cards">
      ${inForce.slice(0, MAX_SUSPENSIONS).map((each) => suspensionCard(each, { session, nowMs, at: '/agents' }))}
    </ol>
    ${more > 0 ? html`<p>${more} more are not shown: kubectl get accesssuspensions</p>` : undefined}
    ${suspensions.value.isPartial ? html`<p class="warning">Not all suspensions were read: kubectl get accesssuspensions</p>` : undefined}
  </section>`
}

const stopForms = ({ session, policies }: Shown): Html =>
  html`<section class="decide">
    <h2>Stop agents</h2>
    <p>Every request of suspended agents is refused within a second, and their streams end, until somebody resumes them.</p>
    <form method="post" action="/suspensions" class="row">
      <h3>One agent</h3>
      ${csrfField(session)} <input type="hidden" name="target" value="agent" /> ${textField('name', 'User name')}
      ${reasonField('suspend-agent', 'Reason, which the agent receives')}
      <button type="submit" class="danger">Suspend this agent</button>
    </form>
    <form method="post" action="/suspensions" class="row">
      <h3>The agents of one policy</h3>
      ${csrfField(session)} <input type="hidden" name="target" value="policy" />
      <span class="pair"
        ><label for="policy">Policy</label> <input id="policy" name="name" list="policies" maxlength="253" autocomplete="off" required /><datalist
          id="policies"
        >
          ${policies.map((name) => html`<option value="${name}"></option>`)}
        </datalist>
      </span>
      ${reasonField('suspend-policy', 'Reason, which the agents receive')}
      <button type="submit" class="danger">Suspend its agents</button>
    </form>
    <p><a class="button danger" href="/agents/all">Suspend all agents…</a></p>
  </section>`

/** Who is active, what is suspended, and the forms that suspend. The server decides who may. */
export function agentsPage(found: Agents, shown: Shown): Html {
  const { named, nowMs } = shown
  const matching = found.agents.filter(({ username }) => username.toLowerCase().includes(named.toLowerCase()))
  const more = matching.length - MAX_SHOWN
  return html`${suspensionsPart(found, shown)}
    <section>
      <h2>Agents <small>by the requests of the last ${KEPT_DAYS} days and grants that you can see</small></h2>
      <form method="get" action="/agents" class="row">
        ${textField('named', 'Name contains', { value: named })} <button type="submit">Search</button>
      </form>
      ${matching.length === 0 ? html`<p class="empty">There is no ${named === '' ? 'agent' : 'such agent'} that you can see.</p>` : undefined}
      <ol class="cards">
        ${matching.slice(0, MAX_SHOWN).map((agent) => card(agent, nowMs))}
      </ol>
      ${more > 0 ? html`<p>${more} more are not shown. Search for a part of the name.</p>` : undefined}
      ${found.isPartial ? html`<p class="warning">There are more requests or grants than this page reads, so numbers are too low.</p>` : undefined}
    </section>
    ${stopForms(shown)}`
}

/** Asks once more before all agents stop. */
export const suspendAllPage = (session: Session): Html =>
  html`<p class="warning">
      This stops every agent of every policy at once: all of their requests are refused, open streams end, and operations that wait are not run. It
      lasts until somebody resumes them.
    </p>
    <form method="post" action="/suspensions" class="decide">
      ${csrfField(session)} <input type="hidden" name="target" value="all" />
      <p>${reasonField('suspend-all', 'Reason, which the agents receive')}</p>
      <p>
        <label><input type="checkbox" name="confirm" value="yes" required /> Stop all agents</label>
      </p>
      <button type="submit" class="danger">Suspend all agents</button>
      <a href="/agents">Cancel</a>
    </form>`
