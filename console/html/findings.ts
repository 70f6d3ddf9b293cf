import type { Finding, FindingVerdict } from '../../domain/doctor/finding.ts'
import { html, type Html } from '../../server/html/html.ts'

/** Never by color alone: the word is always there. */
const WORDS: Readonly<Record<FindingVerdict, string>> = { good: 'OK', warning: 'Warning', bad: 'Problem', unknown: 'Not known' }

const CLASSES: Readonly<Record<FindingVerdict, string>> = { good: 'good', warning: 'look', bad: 'bad', unknown: 'look' }

export const verdictBadge = (verdict: FindingVerdict): Html => html`<span class="phase ${CLASSES[verdict]}">${WORDS[verdict]}</span>`

/** Commands to copy. */
export const commands = (text: string): Html => html`<pre tabindex="0"><code>${text}</code></pre>`

/** What checks found, each with what fixes it. */
export const findingList = (findings: readonly Finding[]): Html =>
  html`<ul class="findings">
    ${findings.map(({ verdict, message, fix }) => html`<li>${verdictBadge(verdict)} ${message} ${fix === undefined ? undefined : commands(fix)}</li>`)}
  </ul>`
