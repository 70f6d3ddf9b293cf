import { expiryOf, grantPhase, type AccessGrant } from '../../domain/api/access-grant.ts'
import { formatAsk } from '../../domain/format/request.ts'
import { html, type Html } from '../html/html.ts'
import { csrfField } from '../html/layout.ts'
import { ago, left, terms } from '../html/parts.ts'
import { requestPath } from '../http/known-path.ts'
import type { Session } from '../session/session.ts'
import { MAX_MESSAGE } from './limits.ts'

type Shown = { readonly session: Session; readonly nowMs: number }

const usesOf = ({ spec, status }: AccessGrant): string => `${status?.uses ?? 0} of ${spec.maxUses ?? 'any number'}`

function grantCard(grant: AccessGrant, { session, nowMs }: Shown): Html {
  const { metadata, spec, status } = grant
  const { name } = metadata
  return html`<li class="card">
    <p class="ask">${formatAsk(grant)}</p>
    ${terms([
      ['For', spec.subject.username],
      ['State', grantPhase(grant, nowMs) === 'Active' ? 'Active' : html`Starts ${left(spec.notBefore, nowMs)}`],
      ['Ends', left(expiryOf(grant), nowMs)],
      ['Uses', usesOf(grant)],
      ['Last used', status?.lastUsed === undefined ? 'never' : ago(status.lastUsed, nowMs)],
      ['Policy', spec.policy],
      ['Request', html`<a href="${requestPath(spec.requestName)}">${spec.requestName}</a>`],
    ])}
    <form method="post" action="/grants/${encodeURIComponent(name)}/revoke" class="row">
      ${csrfField(session)}
      <label for="reason-${name}">Reason (optional)</label>
      <input id="reason-${name}" name="reason" maxlength="${MAX_MESSAGE}" autocomplete="off" />
      <button type="submit" class="danger" aria-label="Revoke ${name}">Revoke</button>
    </form>
  </li>`
}

/** Live grants that the user sees, those that end first at the top. The server decides whether the user may revoke one. */
export const grantsPage = ({ items, left: more }: { readonly items: readonly AccessGrant[]; readonly left: number }, shown: Shown): Html => html`
  ${items.length === 0 ? html`<p class="empty">There is no live grant that you can see.</p>` : undefined}
  <ol class="cards">
    ${items.map((grant) => grantCard(grant, shown))}
  </ol>
  ${more > 0 ? html`<p class="warning">${more} more grants are not shown. They end later than these.</p>` : undefined}
`
