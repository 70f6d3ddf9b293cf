import { expiryOf, grantPhase, isLiveOrUpcoming, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { isInForce } from '../../../domain/api/access-suspension.ts'
import { riskIn } from '../../../domain/api/approvals/risk.ts'
import { reviewPhase, type BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { decidersOf, reasonOf } from '../../../domain/explain/past-request.ts'
import { cut } from '../../../domain/format/cut.ts'
import { formatAsk } from '../../../domain/format/request.ts'
import type { OneAgent } from '../../cluster/agents/one-agent.ts'
import { reasonField } from '../../html/form-fields.ts'
import { html, type Html, type Value } from '../../../server/html/html.ts'
import { csrfField } from '../../html/layout.ts'
import { PAGES } from '../../html/navigation.ts'
import { ago, left, riskBadge, section, terms } from '../../html/fragments.ts'
import { agentPath, codedAgent, policyPath, requestPath } from '../../http/known-path.ts'
import type { Session } from '../../session/session.ts'
import { historyPath } from '../history/history-query.ts'
import { unreadableWarning } from './agents.ts'
import { liftedLine, suspensionCard } from './suspensions.ts'

/** Entries of one list. */
const MAX_SHOWN = 50
const MAX_ASK = 300

type Shown = { readonly session: Session; readonly nowMs: number }

const linkTo = (request: AccessRequest): Html => html`<a href="${requestPath(request.metadata.name)}">${cut(formatAsk(request), MAX_ASK)}</a>`

const pendingLine = (request: AccessRequest, nowMs: number): Html =>
  html`${linkTo(request)} ${riskBadge(riskIn(request.status))}, asked ${ago(request.metadata.creationTimestamp, nowMs)}`

function pastLine(request: AccessRequest, nowMs: number): Html {
  const phase = requestPhase(request.status, nowMs)
  const [deciders, reason] = [decidersOf(request).join(', '), reasonOf(request, phase)]
  return html`<b>${phase}</b>${deciders === '' ? '' : ` by ${deciders}`}: ${linkTo(request)}, asked
    ${ago(request.metadata.creationTimestamp, nowMs)}${reason === '' ? undefined : html`: <q>${cut(reason, MAX_ASK)}</q>`}`
}

function grantLine(grant: AccessGrant, nowMs: number): Html {
  const { requestName, maxUses, notBefore } = grant.spec
  const starts = grantPhase(grant, nowMs) === 'NotYetValid' ? html`, starts ${left(notBefore, nowMs)}` : undefined
  return html`<a href="${requestPath(requestName)}">${cut(formatAsk(grant), MAX_ASK)}</a>, ends ${left(expiryOf(grant), nowMs)},
    ${grant.status?.uses ?? 0} of ${maxUses ?? 'any number of'} uses${starts}`
}

const reviewLine = (review: BreakGlassReview, nowMs: number): Html =>
  html`<b>${reviewPhase(review, nowMs)}</b>: ${cut(review.spec.summary, MAX_ASK)}, <q>${cut(review.spec.reason, MAX_ASK)}</q>, due
    <time>${review.spec.dueAt}</time>. <code>kubectl certify review ${review.metadata.name} --justified --reason=TEXT</code>`

/** The first lines of a list, and how many more there are. */
function some<T>(items: readonly T[], line: (item: T) => Value): readonly Value[] {
  const more = items.length - MAX_SHOWN
  return [...items.slice(0, MAX_SHOWN).map(line), ...(more > 0 ? [`and ${more} more`] : [])]
}

const suspendForm = (username: string, session: Session): Html =>
  html`<form method="post" action="/suspensions" class="row">
    ${csrfField(session)} <input type="hidden" name="target" value="agent" /> <input type="hidden" name="coded" value="${codedAgent(username)}" />
    ${reasonField('suspend-reason', 'Reason, which the agent receives')}
    <button type="submit" class="danger">Suspend</button>
  </form>`

function suspensionPart({ username, suspensions }: OneAgent, { session, nowMs }: Shown): Html {
  const at = agentPath(username)
  if (suspensions.is === 'unreadable') return html`${unreadableWarning('Suspensions', suspensions)} ${suspendForm(username, session)}`
  const { inForce, named } = suspensions.value
  const lifted = named.filter((each) => !isInForce(each))
  return html`${
    inForce === undefined
      ? html`<h2>Stop this agent</h2>
          ${suspendForm(username, session)}`
      : html`<h2>It is suspended</h2>
          <ol class="cards">
            ${suspensionCard(inForce, { session, nowMs, at })}
          </ol>`
  }
  ${section(
    'Suspensions that were lifted',
    some(lifted, (each) => liftedLine(each, nowMs)),
  )}`
}

function links({ username }: OneAgent): Html {
  const sessions = PAGES.some(({ path }) => path === '/sessions')
  return html`<p>
    <a href="${historyPath({ requester: username })}">Its history</a>${
      sessions ? html` · <a href="/sessions?${new URLSearchParams({ agent: username }).toString()}">Its sessions</a>` : undefined
    }
  </p>`
}

/** What one agent asked for, was given and was refused, and the form that stops it. */
export function oneAgentPage(agent: OneAgent, shown: Shown): Html {
  const { identity, requests, grants, reviews, policies } = agent
  const { nowMs } = shown
  const phase = (request: AccessRequest): string => requestPhase(request.status, nowMs)
  const [pending, past] = [requests.items.filter((each) => phase(each) === 'Pending'), requests.items.filter((each) => phase(each) !== 'Pending')]
  const governing = policies.is === 'there' ? policies.value : []
  return html`
    ${terms([
      ['Name', agent.username],
      ['Groups', (identity?.groups ?? []).join(', ')],
      ['Policies', governing.map((name, index) => html`${index === 0 ? '' : ', '}<a href="${policyPath(name)}">${name}</a>`)],
    ])}
    ${identity === undefined ? html`<p>It has no request and no grant that you can see, so its groups are not known.</p>` : undefined}
    ${unreadableWarning('Policies', policies)} ${links(agent)} ${suspensionPart(agent, shown)}
    ${section(
      'Requests that wait',
      some(pending, (each) => pendingLine(each, nowMs)),
    )}
    ${section(
      'Live grants',
      some(
        grants.items.filter((each) => isLiveOrUpcoming(each, nowMs)),
        (each) => grantLine(each, nowMs),
      ),
    )}
    ${section(
      'Denied',
      some(
        past.filter((each) => phase(each) === 'Denied'),
        (each) => pastLine(each, nowMs),
      ),
    )}
    ${section(
      'Other requests that were decided or ended',
      some(
        past.filter((each) => phase(each) !== 'Denied'),
        (each) => pastLine(each, nowMs),
      ),
    )}
    ${
      reviews.is === 'there'
        ? section(
            'Uses of break-glass',
            some(reviews.value.items, (each) => reviewLine(each, nowMs)),
          )
        : unreadableWarning('Uses of break-glass', reviews)
    }
    ${requests.isPartial || grants.isPartial ? html`<p class="warning">It has more requests or grants than this page reads.</p>` : undefined}
  `
}
