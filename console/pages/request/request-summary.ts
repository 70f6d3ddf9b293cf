import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { EXTRA } from '../../../domain/api/names.ts'
import { riskIn } from '../../../domain/api/approvals/risk.ts'
import { reasonsOfRisk } from '../../../domain/explain/risk-reasons.ts'
import { formatGain } from '../../../domain/format/gain.ts'
import { formatLimits } from '../../../domain/format/request.ts'
import { formatReveal, formatRule } from '../../../domain/format/rule.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { ago, left, riskBadge, section, terms } from '../../html/fragments.ts'

/** What the server proved about the requester. */
function requesterTerms({ spec }: AccessRequest): readonly (readonly [string, string])[] {
  const { username = '?', groups = [], extra = {} } = spec.requester ?? {}
  return [
    ['Requester', username],
    ['Groups', [...groups, ...(extra[EXTRA.tokenGroups] ?? []).map((group) => `${group} (of its token)`)].join(', ')],
    ['Issuer', (extra[EXTRA.issuer] ?? []).join(', ')],
    ['Session', (extra[EXTRA.session] ?? []).join(', ')],
  ]
}

function extensionTerms({ spec, status }: AccessRequest): readonly (readonly [string, string | undefined])[] {
  if (spec.extends === undefined) return []
  return [
    ['Extends', `grant ${spec.extends}, which gives this already and ends when it is not extended`],
    ['Extended until', status?.extension?.expiresAt],
  ]
}

/** State, requester and limits of a request: nothing that an agent wrote. */
export function summary(request: AccessRequest, nowMs: number): Html {
  const { metadata, spec, status } = request
  const phase = requestPhase(status, nowMs)
  return html`<p class="facts">${riskBadge(riskIn(status))} <span class="phase">${phase}</span></p>
    ${terms([
      ...requesterTerms(request),
      ['Policy', (status?.policies ?? [spec.policy ?? '?']).join(', ')],
      ['Cluster', spec.cluster],
      ...extensionTerms(request),
      ['For', formatLimits(spec)],
      ['Narrowed to', status?.narrowed === undefined ? undefined : formatLimits({ ...spec, ...status.narrowed })],
      ['Starts', spec.notBefore === undefined ? undefined : `${spec.notBefore}, or at the approval if that is later`],
      ['Asked', ago(metadata.creationTimestamp, nowMs)],
      ['Expires', phase === 'Pending' ? left(status?.expiresAt, nowMs) : undefined],
      ['Grant', status?.grantName],
    ])}`
}

const unquoted = (text: string): string => text.replaceAll('"', '')

/** The summary of an operation, unless a rule says the same. */
function summaryBeside(text: string | undefined, rules: readonly string[]): readonly string[] {
  return text === undefined || rules.some((rule) => unquoted(rule) === unquoted(text)) ? [] : [text]
}

/** What is asked for, word by word. */
export function requestedAccess({ spec: { operation, rules = [], reveal = [] } }: AccessRequest): Html | undefined {
  const covered = rules.map(formatRule)
  return section('What it asks for', [
    ...(operation === undefined ? [] : [html`<code>${operation.method} ${operation.path}</code>`, ...summaryBeside(operation.summary, covered)]),
    ...covered,
    ...reveal.map(formatReveal),
  ])
}

/** The objects of the operation. */
export const targets = ({ spec: { operation } }: AccessRequest): Html | undefined =>
  section(
    'Objects that it is for',
    (operation?.targets ?? []).map(
      ({ namespace, name, uid }) => html`<b>${namespace === undefined ? '' : `${namespace}/`}${name}</b> <small>UID ${uid}</small>`,
    ),
  )

export const risk = (request: AccessRequest, policy: AccessPolicy | undefined): Html | undefined =>
  section(`Why its risk is ${riskIn(request.status)}`, reasonsOfRisk(request, policy))

export const gains = ({ spec: { rules = [] } }: AccessRequest): Html | undefined =>
  section('What the workload gains', [...new Set(rules.flatMap((rule) => rule.gains ?? []))].map(formatGain), 'warning')
