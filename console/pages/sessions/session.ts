import type { AccessSession } from '../../../domain/api/access-session.ts'
import { detailsOf, headlineOf } from '../../../domain/explain/session-words.ts'
import type { Played } from '../../../domain/record/replay.ts'
import type { Timeline } from '../../cluster/sessions.ts'
import { html, type Html, type Value } from '../../html/html.ts'
import { ago, riskBadge, terms } from '../../html/parts.ts'
import { isName, isStream, requestPath, sessionPath, terminalPath } from '../../http/known-path.ts'
import { countsOf, lastedOf, missingNotice } from './sessions.ts'

const requestLinks = (names: readonly string[]): Value =>
  names.map((name, index) => html`${index === 0 ? '' : ', '}${isName(name) ? html`<a href="${requestPath(name)}">${name}</a>` : name}`)

function facts(session: AccessSession, nowMs: number): Html {
  const { metadata, spec, status } = session
  const { agent, truncated = [] } = status ?? {}
  return html`${terms([
    ['Agent', spec.username === '' ? 'not known' : spec.username],
    ['Issuer', spec.issuer],
    ['State', status?.phase],
    ['Began', ago(status?.startedAt, nowMs)],
    ['Last activity', ago(status?.lastActivityAt, nowMs)],
    ['Lasted', lastedOf(session)],
    ['Did', countsOf(session)],
    [
      'Policies',
      (status?.policies ?? [])
        .map(({ name, namespaces }) => `${name} (${namespaces.map((each) => (each === '' ? 'the cluster' : each)).join(', ')})`)
        .join('; '),
    ],
    ['Grants', (status?.grants ?? []).join(', ')],
    ['Asked for', requestLinks(status?.accessRequests ?? [])],
    ['Recorded by', (status?.gateways ?? []).join(', ')],
    ['Name', metadata.name],
  ])}
  ${
    agent === undefined
      ? undefined
      : html`<section class="untrusted">
          <h2>What the agent says about itself</h2>
          <p>Nobody has verified this.</p>
          ${terms([
            ['Name', agent.name],
            ['Model', agent.model],
            ['Session', agent.session],
            ['Task', agent.task],
          ])}
        </section>`
  }
  ${truncated.length > 0 ? html`<p class="warning">Not shown whole here: ${truncated.join(', ')}. The timeline has everything.</p>` : undefined}`
}

/** What became of a request, as a word and not only by its color. */
function outcomeBadge({ refused, filed, opened, outcome }: Played): Html {
  if (refused !== undefined) return html`<span class="outcome bad">Refused</span>`
  if (opened !== undefined) return html`<span class="outcome">Stream</span>`
  if (filed !== undefined) return html`<span class="outcome">Held</span>`
  const code = outcome?.code ?? 0
  return html`<span class="outcome ${code >= 400 ? 'bad' : ''}">${code === 0 ? 'Open' : code}</span>`
}

const isTerminal = ({ opened }: Played): boolean => opened?.stream === 'exec' || opened?.stream === 'attach'

function entry(name: string, request: Played): Html {
  const { auditID, time, refused, intent, filed, decided } = request
  const risk = intent?.risk ?? refused?.risk
  const held = filed?.request ?? decided?.request
  const lines = [...detailsOf(request), ...(refused?.message === undefined ? [] : refused.message.split('\n'))]
  return html`<li class="event">
    <p class="when">
      <time datetime="${time}">${time.slice(0, 19).replace('T', ' ')}</time> ${outcomeBadge(request)}
      ${risk === undefined || risk === 'Low' ? undefined : riskBadge(risk)}
    </p>
    <p class="ask">${headlineOf(request)}</p>
    ${
      lines.length === 0
        ? undefined
        : html`<ul class="details">
            ${lines.map((line) => html`<li>${line}</li>`)}
          </ul>`
    }
    ${isTerminal(request) && isStream(auditID) ? html`<p><a class="button" href="${terminalPath(name, auditID)}">Watch the terminal</a></p>` : undefined}
    ${held !== undefined && isName(held) ? html`<p><a href="${requestPath(held)}">The request for approval</a></p>` : undefined}
    <p class="quiet">Audit ID ${auditID}</p>
  </li>`
}

/** One session: who, what in numbers, and every request in its order. */
export function sessionPage(
  session: AccessSession,
  timeline: Timeline,
  { nowMs, isFirst }: { readonly nowMs: number; readonly isFirst: boolean },
): Html {
  const { name } = session.metadata
  const { requests, next, missing, unreadable } = timeline
  return html`${missingNotice(missing)}
    ${unreadable > 0 ? html`<p class="warning" role="alert">${unreadable} lines of the records were changed or damaged. Verify the records of the gateways: kubectl certify verify.</p>` : undefined}
    ${isFirst ? facts(session, nowMs) : html`<p><a href="${sessionPath(name)}">The beginning of the session</a></p>`}
    <section>
      <h2>Timeline</h2>
      <p class="quiet">Times are in UTC. <a href="${sessionPath(name)}/events.jsonl" download>Download the events</a></p>
      ${requests.length === 0 ? html`<p class="empty">There are no events.</p>` : undefined}
      <ol class="timeline">
        ${requests.map((request) => entry(name, request))}
      </ol>
      ${next === '' ? undefined : html`<p><a class="button" href="${sessionPath(name)}?continue=${encodeURIComponent(next)}">Later events</a></p>`}
    </section>`
}
