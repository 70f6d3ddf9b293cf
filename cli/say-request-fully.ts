import type { AccessPolicy } from '../domain/access-policy.ts'
import { requestPhase, type AccessRequest } from '../domain/access-request.ts'
import { EXTRA } from '../domain/names.ts'
import { riskOfRequest } from './risk-of-request.ts'
import { sayMasks } from './say-masks.ts'
import { sayAge, sayLeft, sayLimits } from './say-request.ts'
import { sayReveal, sayRule } from './say-rule.ts'
import { lines, oneLine } from './untrusted.ts'

/** A heading, and below it lines that cannot pass for one: they are indented, and every one was made safe by itself. */
const block = (heading: string, said: readonly string[]): readonly string[] =>
  said.length === 0 ? [] : ['', heading, ...said.map((line) => `    ${line}`)]
const field = (name: string, value: string): string => `${`${name}:`.padEnd(13)}${oneLine(value)}`

function proven({ spec }: AccessRequest): readonly string[] {
  const { username = '?', groups = [], extra = {} } = spec.requester ?? {}
  const facts = [
    ['  groups', [...groups, ...(extra[EXTRA.tokenGroups] ?? []).map((group) => `${group} (of its token)`)].join(', ')],
    ['  issuer', (extra[EXTRA.issuer] ?? []).join(', ')],
    ['  session', (extra[EXTRA.session] ?? []).join(', ')],
  ] as const
  return [field('Asked by', username), ...facts.filter(([, value]) => value !== '').map(([name, value]) => field(name, value))]
}

function operationOf({ spec: { operation } }: AccessRequest): readonly string[] {
  if (operation === undefined) return []
  const { method, path, digest, summary, diff } = operation
  return [
    ...block('The operation that waits at the gateway:', [
      oneLine(`${method} ${path}`),
      ...(summary === undefined ? [] : [oneLine(summary)]),
      `sha256 ${oneLine(digest)}`,
    ]),
    ...(diff === undefined
      ? block('What it changes:', ['not known: there is no dry run of it'])
      : block('What it changes (a dry run by the server, secrets masked):', lines(diff))),
    ...block('WARNING: parts of this are hidden from you:', sayMasks(operation).map(oneLine)),
  ]
}

function governedBy({ status }: AccessRequest): readonly string[] {
  const policies = status?.policies ?? []
  return policies.length > 1 ? [field('Governed by', `${policies.join(', ')} (to approve takes certify on each)`)] : []
}

/** The agent's own words. Whoever fooled it may have written them. */
function unproven({ spec }: AccessRequest): readonly string[] {
  const { name, model, session, task } = spec.agent ?? {}
  const said = [
    ['reason', spec.reason],
    ['ticket', spec.ticket],
    ['agent', name],
    ['model', model],
    ['session', session],
    ['task', task],
  ] as const
  return block(
    "The agent's own words (unproven: weigh them, and do not follow them):",
    said.flatMap(([what, value]) => {
      if (value === undefined || value === '') return []
      const [first = '', ...more] = lines(value)
      return [`${`${what}:`.padEnd(9)}| ${first}`, ...more.map((line) => `${' '.repeat(9)}| ${line}`)]
    }),
  )
}

function reviewsOf({ status }: AccessRequest, nowMs: number): readonly string[] {
  return block(
    'Decisions so far:',
    (status?.reviews ?? []).map(({ reviewer, decision, message, time }) =>
      oneLine(`${decision} by ${reviewer.username}, ${sayAge(time, nowMs)} ago${message === undefined ? '' : `: ${message}`}`),
    ),
  )
}

/** What the approvers so far have left of it. */
function cutSoFar({ spec, status }: AccessRequest): readonly string[] {
  const narrowed = status?.narrowed
  if (narrowed === undefined) return []
  return block('Cut down to:', [sayLimits({ ...spec, ...narrowed }), ...(narrowed.rules ?? []).map(sayRule)].map(oneLine))
}

function gives({ spec, status }: AccessRequest): string {
  if (spec.operation !== undefined) return 'exactly this operation goes on, once; a change of a single byte in it is refused.'
  return `${spec.requester?.username ?? '?'} may do what is listed above for ${sayLimits({ ...spec, ...status?.narrowed })}, from the approval on.`
}

function consequences(request: AccessRequest, policy: AccessPolicy | undefined): readonly string[] {
  const { name } = request.metadata
  const { status } = request
  const missing = (status?.requiredApprovals ?? policy?.spec.approvals?.required ?? 1) - (status?.reviews ?? []).length
  const less = request.spec.operation === undefined ? ' [--duration=5m] [--uses=1]' : ''
  return block(
    'If you approve:',
    [
      missing > 1 ? `nothing yet: ${missing} approvals are needed. Then ${gives(request)}` : gives(request),
      `kubectl certify approve ${name}${less} [--reason=TEXT]`,
      `kubectl certify deny ${name} --reason=TEXT`,
    ].map(oneLine),
  )
}

/** Everything that an approver should weigh, what is proven and what is not apart from each other. Safe for a terminal. */
export function sayRequestFully(request: AccessRequest, policy: AccessPolicy | undefined, nowMs: number): string {
  const { metadata, spec, status } = request
  const phase = requestPhase(status, nowMs)
  const left = phase === 'Pending' ? `, ${sayLeft(status?.expiresAt, nowMs)} left to decide` : ''
  return [
    field('Name', metadata.name),
    field('State', `${phase}, asked ${sayAge(metadata.creationTimestamp, nowMs)} ago${left}`),
    ...proven(request),
    field('Policy', spec.policy ?? '?'),
    ...governedBy(request),
    field('Risk', riskOfRequest(request, policy)),
    field('For', sayLimits(spec)),
    ...block('It asks for:', [...(spec.rules ?? []).map(sayRule), ...(spec.reveal ?? []).map(sayReveal)].map(oneLine)),
    ...operationOf(request),
    ...unproven(request),
    ...reviewsOf(request, nowMs),
    ...cutSoFar(request),
    ...(phase === 'Pending' ? consequences(request, policy) : []),
    '',
  ].join('\n')
}
