import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { formatAsk, formatLimits } from '../../../domain/format/request.ts'
import { formatReveal, formatRule } from '../../../domain/format/rule.ts'
import { html, verbatim, type Html } from '../../../server/html/html.ts'
import { csrfField } from '../../html/layout.ts'
import { section, terms } from '../../html/fragments.ts'
import { requestPath } from '../../http/known-path.ts'
import type { Session } from '../../session/session.ts'
import { ceremony } from '../keys/ceremony.ts'
import { assertionOptions } from '../keys/options.ts'

export type Signing = {
  readonly session: Session
  readonly keys: readonly ApproverKey[]
  readonly challenge: string
  /** Fields of the form that was sent, which are sent again with the assertion. */
  readonly fields: readonly (readonly [string, string])[]
}

/** What the approver signs: the request after all narrowing, theirs included. */
function signed({ metadata, spec }: AccessRequest): Html {
  const { requester, operation, rules = [], reveal = [] } = spec
  return html`${terms([
    ['Request', metadata.name],
    ['Requester', requester?.username],
    ['For', operation === undefined ? formatLimits(spec) : 'exactly this operation, once'],
  ])}
  ${section('What you approve', operation === undefined ? [...rules.map(formatRule), ...reveal.map(formatReveal)] : [formatAsk({ spec }), html`<code>${operation.method} ${operation.path}</code>`])}`
}

/** The second step of an approval that needs a passkey. `request`: with the narrowing of this approval. */
export const signPage = (request: AccessRequest, { session, keys, challenge, fields }: Signing): Html => {
  const path = requestPath(request.metadata.name)
  return html`
    <p>Nothing is approved yet. This approval needs your passkey. Your key signs the request as it is now, with the limits that are shown here.</p>
    ${signed(request)}
    ${ceremony(
      { kind: 'get', action: `${path}/approve`, options: assertionOptions(challenge, keys) },
      {
        fields: [
          csrfField(session),
          ...fields.map(([name, value]) => html`<input type="hidden" name="${verbatim(name)}" value="${verbatim(value)}" />`),
        ],
        button: 'Approve with your passkey',
      },
    )}
    <p><a href="${path}">Back to the request</a></p>
  `
}

/** For an approver without a key that counts. */
export const noKeyPage = ({ metadata }: AccessRequest, why: string): Html => html`
  <p class="warning">Nothing was approved: ${why}</p>
  <p>
    You have no confirmed key. <a href="/keys">Add one</a>, and let an admin confirm it. Until then you can deny the request, or leave it to another
    approver.
  </p>
  <p><a href="${requestPath(metadata.name)}">Back to the request</a></p>
`
