import { endsIdle, expiryOf, grantEndMs, grantPhase, type AccessGrant } from '../../domain/api/access-grant.ts'
import { formatDuration } from '../../domain/format/duration.ts'
import { grantEnd } from '../../domain/format/grant-end.ts'
import { formatAsk } from '../../domain/format/request.ts'
import type { GrantFilter } from '../cluster/grants.ts'
import { html, verbatim, type Html, type Value } from '../../server/html/html.ts'
import { csrfField } from '../html/layout.ts'
import { ago, left, terms } from '../html/fragments.ts'
import { ENDED, requestPath } from '../http/known-path.ts'
import type { Session } from '../session/session.ts'
import { MAX_MESSAGE } from './max-message.ts'

type Shown = {
  readonly session: Session
  readonly nowMs: number
  readonly filter: GrantFilter
  /** The grant that was just revoked. Undefined when there is none. */
  readonly ended: AccessGrant | undefined
}

const usesOf = ({ spec, status }: AccessGrant): string => `${status?.uses ?? 0} of ${spec.maxUses ?? 'any number'}`

const state = (grant: AccessGrant, nowMs: number): Value =>
  grantPhase(grant, nowMs) === 'Active' ? 'Active' : html`Starts ${left(grant.spec.notBefore, nowMs)}`

/** When it ends: at its expiry, or before if nobody uses it. */
function ends(grant: AccessGrant, nowMs: number): Html {
  const { idleSeconds } = grant.spec
  if (idleSeconds === undefined) return html`${left(expiryOf(grant), nowMs)}`
  const idleEnd = new Date(grantEndMs(grant)).toISOString()
  const idle = endsIdle(grant)
    ? html`, ${left(idleEnd, nowMs)} if it is not used before`
    : html`, or ${formatDuration(idleSeconds)} after its last use`
  return html`${left(expiryOf(grant), nowMs)}${idle}`
}

/** The grants that it is a part of, the approved one first, and the parts of it that others have. */
function transfers({ spec, status }: AccessGrant): readonly (readonly [string, Value])[] {
  const from = (spec.transferredFrom ?? []).map(({ grantName, username }) => `${grantName} of ${username}`)
  const to = (status?.transfers ?? []).map(({ grantName, to: receiver }) => `${grantName} to ${receiver}`)
  return [
    ['A part of', from.join(' → ')],
    ['Transferred', to.join(', ')],
  ]
}

const extensions = ({ status }: AccessGrant, nowMs: number): Value =>
  (status?.extensions ?? []).map(
    ({ requestName, time }, index) => html`${index > 0 ? ', ' : ''}<a href="${requestPath(requestName)}">${requestName}</a> ${ago(time, nowMs)}`,
  )

function grantCard(grant: AccessGrant, { session, nowMs, filter }: Shown): Html {
  const { metadata, spec, status } = grant
  const { name } = metadata
  const extended = (status?.extensions ?? []).length > 0 ? extensions(grant, nowMs) : undefined
  return html`<li class="card" id="${name}">
    <p class="ask">${formatAsk(grant)}</p>
    ${terms([
      ['For', spec.subject.username],
      ['State', state(grant, nowMs)],
      ['Ends', ends(grant, nowMs)],
      ['Uses', usesOf(grant)],
      ['Last used', status?.lastUsed === undefined ? 'never' : ago(status.lastUsed, nowMs)],
      ['Policy', spec.policy],
      ['Request', html`<a href="${requestPath(spec.requestName)}">${spec.requestName}</a>`],
      ['Extended by', extended],
      ...transfers(grant),
      ['Break-glass', spec.breakGlass === true ? 'Granted at once, without an approver' : undefined],
    ])}
    <form method="post" action="/grants/${encodeURIComponent(name)}/revoke" class="row">
      ${csrfField(session)} ${filterFields(filter)}
      <label for="reason-${name}">Reason (optional)</label>
      <input id="reason-${name}" name="reason" maxlength="${MAX_MESSAGE}" autocomplete="off" />
      <button type="submit" class="danger" aria-label="Revoke ${name}">Revoke</button>
    </form>
  </li>`
}

/** So that the page after a revocation shows the same grants. */
const filterFields = (filter: GrantFilter): readonly Html[] =>
  (['subject', 'policy'] as const).flatMap((name) =>
    filter[name] === undefined ? [] : [html`<input type="hidden" name="${name}" value="${verbatim(filter[name])}" />`],
  )

/** What became of the grant, as the server says and not as the link does. */
function endedNotice(grant: AccessGrant | undefined, nowMs: number): Html | undefined {
  const how = grant === undefined ? undefined : grantEnd(grant, nowMs)
  return how === undefined ? undefined : html`<p id="${ENDED}" role="status" tabindex="-1">Grant ${grant?.metadata.name} ${how}.</p>`
}

const filterForm = ({ subject, policy }: GrantFilter): Html =>
  html`<form method="get" action="/grants" class="row" aria-label="Filter">
    <span class="pair"
      ><label for="subject">Identity</label> <input id="subject" name="subject" value="${verbatim(subject ?? '')}" autocomplete="off"
    /></span>
    <span class="pair"
      ><label for="policy">Policy</label> <input id="policy" name="policy" value="${verbatim(policy ?? '')}" autocomplete="off"
    /></span>
    <button type="submit">Show</button>
    ${subject === undefined && policy === undefined ? undefined : html`<a href="/grants">Show all</a>`}
  </form>`

/** Live grants that the user sees, those that end first at the top. The server decides whether the user may revoke one. */
export const grantsPage = ({ items, left: more }: { readonly items: readonly AccessGrant[]; readonly left: number }, shown: Shown): Html => html`
  ${endedNotice(shown.ended, shown.nowMs)} ${filterForm(shown.filter)}
  <p>A subject extends its grant by a request, which appears in your inbox: approve it, or deny it and the grant ends as it is.</p>
  ${items.length === 0 ? html`<p class="empty">There is no live grant that you can see.</p>` : undefined}
  <ol class="cards">
    ${items.map((grant) => grantCard(grant, shown))}
  </ol>
  ${more > 0 ? html`<p class="warning">${more} more grants are not shown. They end later than these.</p>` : undefined}
`
