import type { AccessPolicy, PolicyRule } from '../../../domain/api/access-policy.ts'
import { formatSubject } from '../../../domain/api/subject.ts'
import { policyPermissions, policyReadiness, splitMessage } from '../../../domain/doctor/policy-findings.ts'
import { limitLines } from '../../../domain/explain/limit-lines.ts'
import { boundLines, breakGlassLines, maskingLines, notificationLines } from '../../../domain/explain/policy-lines.ts'
import { defaultWords, effectWords, matchWords } from '../../../domain/explain/rule-words.ts'
import { windowLines } from '../../../domain/explain/window-lines.ts'
import { commands, findingList } from '../../html/findings.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { riskBadge, section, terms } from '../../html/fragments.ts'
import { policyPath } from '../../http/known-path.ts'

type Condition = NonNullable<NonNullable<AccessPolicy['status']>['conditions']>[number]

function conditionLine(condition: Condition): Html {
  const { why, fix } = splitMessage(condition)
  return html`<b>${condition.type}</b>: ${condition.status}${condition.reason === undefined ? '' : ` (${condition.reason})`}.
    ${why}${fix === '' ? undefined : commands(fix)}`
}

function health(policy: AccessPolicy): Html {
  const conditions = (policy.status?.conditions ?? []).filter(({ type, status }) => type !== 'Ready' && status !== 'True')
  return html`<section>
    <h2>Whether it works</h2>
    ${findingList([policyReadiness(policy), ...policyPermissions(policy)])}
    ${
      conditions.length === 0
        ? undefined
        : html`<h3>Conditions that do not hold</h3>
            <ul>
              ${conditions.map((condition) => html`<li>${conditionLine(condition)}</li>`)}
            </ul>`
    }
  </section>`
}

const ruleItem = ({ name, match, effect, risk }: PolicyRule): Html =>
  html`<li>
    <b>${name}</b>: ${matchWords(match)}: <b>${effect}</b> (${effectWords(effect)}) ${risk === undefined ? undefined : riskBadge(risk)}
    ${match?.condition === undefined ? undefined : html`<p>If this CEL condition holds: <code>${match.condition}</code></p>`}
  </li>`

/** The rules in their order. The first that names a request decides. */
function rules({ spec }: AccessPolicy): Html {
  const own = spec.rules ?? []
  return html`<section>
    <h2>What it allows</h2>
    ${
      own.length === 0
        ? html`<p>It has no rules of its own.</p>`
        : html`<p>The first rule that names a request decides. A rule before it that also applies can only make the decision stricter.</p>
            <ol>
              ${own.map(ruleItem)}
            </ol>`
    }
    <h3>Requests that no rule names</h3>
    <ul>
      ${defaultWords().map(({ kinds, effect }) => html`<li>${kinds}: <b>${effect}</b> (${effectWords(effect)})</li>`)}
    </ul>
  </section>`
}

/** What one policy says, in words, and whether it works. `trial`: the form that tries a request against it, with its answer. */
export const policyPage = (policy: AccessPolicy, { nowMs, trial }: { readonly nowMs: number; readonly trial: Html }): Html => {
  const { spec } = policy
  return html`
    ${terms([
      ['Governs', spec.subjects.map(formatSubject).join(', ')],
      ['Clusters', spec.clusters === undefined ? 'all' : spec.clusters.join(', ')],
      ['Mode', spec.mode === 'Shadow' ? 'Shadow: it records and warns, and refuses nothing' : 'Enforce'],
      ['Token groups', (spec.tokenGroups ?? []).join(', ')],
    ])}
    <p><a href="${policyPath(policy.metadata.name)}#try">Try a request</a></p>
    ${health(policy)} ${rules(policy)} ${section('Who must approve, and for how long', [...limitLines(policy, nowMs), ...boundLines(policy)])}
    ${section('When requests are accepted and approved', windowLines(policy, nowMs))} ${section('Break-glass', breakGlassLines(policy))}
    ${section('Who is notified', notificationLines(policy))} ${section('What is masked', maskingLines(policy))} ${trial}
  `
}
