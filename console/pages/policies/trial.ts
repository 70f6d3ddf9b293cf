import type { Effect } from '../../../domain/api/access-policy.ts'
import type { AccessReviewStatus } from '../../../domain/api/virtual/access-review.ts'
import type { RequestVerdict } from '../../../domain/api/virtual/reviewed-request.ts'
import { operationText } from '../../../domain/explain/operation-text.ts'
import { defaultText, partText, resultText } from '../../../domain/explain/policy-walk.ts'
import { formatLimits } from '../../../domain/format/request.ts'
import { formatRule } from '../../../domain/format/rule.ts'
import type { Asked, Trial } from '../../cluster/policies/trial.ts'
import { commands } from '../../html/findings.ts'
import { textField } from '../../html/form-fields.ts'
import { html, verbatim, type Html, type Value } from '../../../server/html/html.ts'
import { csrfField } from '../../html/layout.ts'
import { terms } from '../../html/fragments.ts'
import { policyPath } from '../../http/known-path.ts'
import type { Session } from '../../session/session.ts'

/** Longest AccessRequest that the form takes, in characters. Parsing YAML takes about 10 ms per KB on a busy machine and blocks all other requests. */
export const MAX_YAML = 16 * 1024
const EMPTY: Asked = { verb: '', resource: '', namespace: '', name: '', user: '', groups: [], yaml: '' }

function walk({ classified, explanation }: Trial['walks'][number]): Html {
  const { rules, byDefault } = explanation
  return html`<h4>${operationText(classified)}</h4>
    <ol class="walk">
      ${rules.map((rule) => html`<li class="${rule.part}"><b>${rule.name}</b> ${partText(rule)}</li>`)}
      <li class="${byDefault.part}">default ${defaultText(explanation)}</li>
    </ol>
    <p><b>${resultText(explanation)}</b></p>`
}

const OUTCOMES: Readonly<Record<RequestVerdict['outcome'], string>> = {
  Refused: 'The server would not accept this request.',
  Pending: 'The server would accept it, and it would wait for approvers.',
  Approved: 'It would be granted at once.',
}

function requestVerdict({
  outcome,
  faults = [],
  policies = [],
  risk,
  durationSeconds,
  maxUses,
  approvals,
  passkey,
  automatic,
  warnings = [],
}: RequestVerdict): Html {
  const accepted: readonly (readonly [string, Value])[] = [
    ['Policies', policies.join(', ')],
    ['Risk', risk],
    ['Gives', formatLimits({ durationSeconds, maxUses })],
    ['Approvals', approvals],
    ['Passkey', passkey === true ? 'each approval needs one of its approver' : undefined],
    ['Rules', automatic],
    ['Warnings', warnings.join(' ')],
  ]
  return html`<p><b>${OUTCOMES[outcome]}</b></p>
    ${
      outcome === 'Refused'
        ? html`<ul>
            ${faults.map(({ field, message }) => html`<li>${field === undefined ? undefined : html`<code>${field}</code> `}${message}</li>`)}
          </ul>`
        : terms(accepted)
    }`
}

const by = (policy: string | undefined, rule: string | undefined, effect: Effect | undefined): string | undefined =>
  rule === undefined ? undefined : `rule "${rule}" of policy "${policy ?? '?'}": ${effect ?? '?'}`

function serverAnswer({ allowed, message, policy, rule, effect, grant, ask, command, request }: AccessReviewStatus): Html {
  if (request !== undefined) return requestVerdict(request)
  return html`<p><b>${allowed ? 'Allowed' : 'Not allowed'}</b>: ${message ?? ''}</p>
    ${terms([
      ['By', by(policy, rule, effect)],
      ['Grant', grant],
      ['To ask for', ask === undefined ? undefined : formatRule(ask)],
    ])}
    ${command === undefined ? undefined : commands(command)}`
}

function result({ walks, left, ignored, answer }: Trial, { user }: Asked): Html {
  return html`<section aria-label="Result">
    <h3>What this policy says</h3>
    ${walks.length === 0 ? html`<p>The request names no operation that a policy can judge.</p>` : walks.map(walk)}
    ${left > 0 ? html`<p>${left} more operations are not shown.</p>` : undefined}
    <h3>What the server says now, for ${user === '' ? 'you' : user}, with all policies and grants</h3>
    ${answer.is === 'there' ? serverAnswer(answer.value) : html`<p class="warning">${answer.why}</p>`}
    ${ignored.length === 0 ? undefined : html`<p>Left out, since no requester writes them: ${ignored.join(', ')}</p>`}
  </section>`
}

/** The form that tries a request against a policy, with the answer if there is one. */
export const trialPart = (
  policy: string,
  session: Session,
  { asked = EMPTY, trial }: { readonly asked?: Asked; readonly trial?: Trial } = {},
): Html =>
  html`<section id="try" class="decide">
    <h2>Try a request</h2>
    <p>Nothing is created or changed. Conditions are shown and not evaluated where they need the object of a real request.</p>
    ${trial === undefined ? undefined : result(trial, asked)}
    <form method="post" action="${policyPath(policy)}/try#try">
      ${csrfField(session)}
      <div class="row">
        ${textField('verb', 'Verb', { value: asked.verb, placeholder: 'delete' })}
        ${textField('resource', 'Resource', { value: asked.resource, placeholder: 'deployments.apps/scale' })}
        ${textField('namespace', 'Namespace', { value: asked.namespace })} ${textField('name', 'Name', { value: asked.name })}
      </div>
      <p><label for="yaml">Or a whole AccessRequest, as YAML. It is tried instead of the fields above.</label></p>
      <textarea id="yaml" name="yaml" maxlength="${MAX_YAML}" spellcheck="false">${verbatim(`\n${asked.yaml}`)}</textarea>
      <div class="row">
        ${textField('user', 'For the user (you, if empty)', { value: asked.user, placeholder: 'oidc:agent' })}
        <label for="groups">Its groups, one a line</label>
        <textarea id="groups" name="groups" class="short" maxlength="16384" spellcheck="false">${verbatim(asked.groups.join('\n'))}</textarea>
      </div>
      <button type="submit">Try it</button>
    </form>
  </section>`
