import type { AccessSession } from '../../../domain/api/access-session.ts'
import { untoldLines } from '../../../domain/explain/decision-words.ts'
import { inOrder, isDecision } from '../../../domain/explain/session-decisions.ts'
import { detailsOf, headlineOf } from '../../../domain/explain/session-words.ts'
import type { Played } from '../../../domain/record/replay.ts'
import type { Timeline } from '../../cluster/sessions.ts'
import { html, type Html, type Value } from '../../../server/html/html.ts'
import { ago, riskBadge, terms } from '../../html/fragments.ts'
import { isName, isStream, requestPath, sessionPath, terminalPath } from '../../http/known-path.ts'
import { agentOf, countsOf, didIn, lastedOf, type Did } from './counts.ts'
import { decisionEntry, listOf, whenOf } from './decision-entry.ts'
import { missingNotice } from './sessions.ts'

const requestLinks = (names: readonly string[]): Value =>
  names.map((name, index) => html`${index === 0 ? '' : ', '}${isName(name) ? html`<a href="${requestPath(name)}">${name}</a>` : name}`)

const formatPolicy = ({ name, namespaces }: Did['policies'][number]): string =>
  `${name} (${namespaces.map((each) => (each === '' ? 'the cluster' : each)).join(', ')})`

const ownWords = (agent: NonNullable<Did['agent']>): Html =>
  html`<section class="untrusted">
    <h2>What the agent says about itself</h2>
    <p>Nobody has verified this.</p>
    ${terms([
      ['Name', agent.name],
      ['Model', agent.model],
      ['Session', agent.session],
      ['Task', agent.task],
    ])}
  </section>`

const CUT: { readonly [list: string]: string } = { policies: 'policies', grants: 'grants', accessRequests: 'requests', gateways: 'gateways' }

/** Terminals are not among these: the page counts all of them, and the timeline shows each. */
function cutNotice(truncated: readonly string[]): Html | undefined {
  const lists = truncated.flatMap((list) => CUT[list] ?? [])
  return lists.length === 0
    ? undefined
    : html`<p class="warning">There are more ${lists.join(', ')} than these. The timeline names them where they were used.</p>`
}

/** Both, since an auditor compares it with other logs, and a phone shows no titles. */
const exactly = (time: string | undefined, nowMs: number): Html | undefined =>
  time === undefined ? undefined : html`${whenOf(time)} UTC, ${ago(time, nowMs)}`

function facts(session: AccessSession, nowMs: number): Html {
  const { phase, startedAt, lastActivityAt, policies, grants, accessRequests, gateways, truncated, agent } = didIn(session)
  return html`${terms([
    ['Agent', agentOf(session)],
    ['Issuer', session.spec.issuer],
    ['State', phase],
    ['Began', exactly(startedAt, nowMs)],
    ['Last activity', exactly(lastActivityAt, nowMs)],
    ['Lasted', lastedOf(session)],
    ['Did', countsOf(session)],
    ['Policies', policies.map(formatPolicy).join('; ')],
    ['Grants', grants.join(', ')],
    ['Asked for', requestLinks(accessRequests)],
    ['Recorded by', gateways.join(', ')],
    ['Name', session.metadata.name],
  ])}
  ${agent === undefined ? undefined : ownWords(agent)} ${cutNotice(truncated)}`
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

const linesOf = (request: Played): readonly string[] => [...detailsOf(request), ...(request.refused?.message?.split('\n') ?? [])]

function riskOf({ intent, refused }: Played): Html | undefined {
  const risk = intent?.risk ?? refused?.risk
  return risk === undefined || risk === 'Low' ? undefined : riskBadge(risk)
}

/** Links of a request: to its terminal, and to the AccessRequest for which it waited. */
function linksOf(name: string, request: Played): readonly Html[] {
  const { auditID, filed, decided } = request
  const held = filed?.request ?? decided?.request
  return [
    ...(isTerminal(request) && isStream(auditID)
      ? [html`<p><a class="button" href="${terminalPath(name, auditID)}">Watch the terminal</a></p>`]
      : []),
    ...(isName(held) ? [html`<p><a href="${requestPath(held)}">The request for approval</a></p>`] : []),
  ]
}

const entry = (name: string, request: Played): Html =>
  html`<li class="event">
    <p class="when">${whenOf(request.time)} ${outcomeBadge(request)} ${riskOf(request)}</p>
    <p class="ask">${headlineOf(request)}</p>
    ${listOf(linesOf(request))} ${linksOf(name, request)}
    <p class="quiet">Audit ID ${request.auditID}</p>
  </li>`

/** One session: who, what in numbers, and every request in its order. */
export function sessionPage(
  session: AccessSession,
  timeline: Timeline,
  { nowMs, isFirst }: { readonly nowMs: number; readonly isFirst: boolean },
): Html {
  const { name } = session.metadata
  const { requests, decisions, untold, next, missing, unreadable } = timeline
  const entries = inOrder(requests, decisions)
  return html`${missingNotice(missing)}
    ${unreadable > 0 ? html`<p class="warning" role="alert">${unreadable} lines of the records were changed or damaged. Verify the records of the gateways: kubectl certify verify.</p>` : undefined}
    ${isFirst ? facts(session, nowMs) : html`<p><a href="${sessionPath(name)}">The beginning of the session</a></p>`}
    <section>
      <h2>Timeline</h2>
      <p class="quiet">Times are in UTC. <a href="${sessionPath(name)}/events.jsonl" download>Download the events</a></p>
      ${untoldLines(untold).map((line) => html`<p class="warning">Decisions ${line}.</p>`)}
      ${entries.length === 0 ? html`<p class="empty">There are no events.</p>` : undefined}
      <ol class="timeline">
        ${entries.map((each) => (isDecision(each) ? decisionEntry(each) : entry(name, each)))}
      </ol>
      ${next === '' ? undefined : html`<p><a class="button" href="${sessionPath(name)}?continue=${encodeURIComponent(next)}">Later events</a></p>`}
    </section>`
}
