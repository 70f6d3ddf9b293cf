import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { formatSubject } from '../../../domain/api/subject.ts'
import { policyReadiness } from '../../../domain/doctor/policy-findings.ts'
import { openText } from '../../../domain/explain/window-lines.ts'
import type { Some } from '../../cluster/list-some.ts'
import { verdictBadge } from '../../html/findings.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { policyPath } from '../../http/known-path.ts'

const MAX_SUBJECTS = 5

function subjects({ spec }: AccessPolicy): string {
  const more = spec.subjects.length - MAX_SUBJECTS
  return `${spec.subjects.slice(0, MAX_SUBJECTS).map(formatSubject).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function card(policy: AccessPolicy, nowMs: number): Html {
  const { metadata, spec } = policy
  const { verdict, message } = policyReadiness(policy)
  return html`<li>
    <a class="card" href="${policyPath(metadata.name)}">
      <span class="ask">${metadata.name}</span>
      <span class="facts">
        ${verdictBadge(verdict)} ${spec.mode === 'Shadow' ? html`<span class="phase">Shadow</span>` : undefined}
        <span>governs ${subjects(policy)}</span>
        <span>${(spec.rules ?? []).length} rules</span>
        ${spec.approvals?.windows === undefined ? undefined : html`<span>${openText(policy, nowMs)}</span>`}
      </span>
      ${verdict === 'good' ? undefined : html`<span>${message}</span>`}
    </a>
  </li>`
}

/** All policies, with whether each can work. */
export const policiesPage = ({ items, isPartial }: Some<AccessPolicy>, nowMs: number): Html =>
  html`${items.length === 0 ? html`<p class="empty">There is no AccessPolicy, so every agent is refused.</p>` : undefined}
    <ol class="cards">
      ${items.map((policy) => card(policy, nowMs))}
    </ol>
    ${isPartial ? html`<p class="warning">There are more policies than this page reads: kubectl get accesspolicies</p>` : undefined}`
