import type { Section, FindingVerdict } from '../../../domain/doctor/finding.ts'
import { commands, findingList } from '../../html/findings.ts'
import { html, type Html } from '../../../server/html/html.ts'

/** Findings of one section. The worst come first. */
const MAX_SHOWN = 200
const ORDER: Readonly<Record<FindingVerdict, number>> = { bad: 0, warning: 1, unknown: 2, good: 3 }

/** What the doctor checks with rights that the console does not have. */
const ELSEWHERE = [
  'whether the servers run and a controller leads',
  'the API jit.access/v1, its certificates, and who can call the webhook',
  'the second lock: the webhook and the admission policies, tried',
  'RBAC of agents and approvers, and who can bypass jit-access',
  'Secrets whose values can be guessed',
] as const

function sectionOf({ name, findings }: Section): Html {
  const sorted = findings.toSorted((one, other) => ORDER[one.verdict] - ORDER[other.verdict])
  const more = sorted.length - MAX_SHOWN
  return html`<section>
    <h2>${name}</h2>
    ${findingList(sorted.slice(0, MAX_SHOWN))} ${more > 0 ? html`<p>${more} more are not shown: kubectl certify doctor</p>` : undefined}
  </section>`
}

function summary(sections: readonly Section[]): string {
  const findings = sections.flatMap((section) => section.findings)
  const count = (verdict: FindingVerdict): number => findings.filter((finding) => finding.verdict === verdict).length
  const [bad, warnings, unknown] = [count('bad'), count('warning'), count('unknown')]
  if (bad + warnings + unknown === 0) return 'Everything that this page can check works.'
  return `${bad} ${bad === 1 ? 'problem' : 'problems'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${unknown} not known.`
}

/** What works and what does not, as far as objects of jit.access tell, and the command for the rest. */
export const statusPage = (sections: readonly Section[]): Html =>
  html`<p>${summary(sections)}</p>
    ${sections.map(sectionOf)}
    <section>
      <h2>Not checked here</h2>
      <p>The console reads objects of jit.access alone. As a cluster admin, check the rest with:</p>
      ${commands('kubectl certify doctor')}
      <ul>
        ${ELSEWHERE.map((what) => html`<li>${what}</li>`)}
      </ul>
    </section>`
