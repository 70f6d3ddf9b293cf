import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { approvalsOf, formatMissing } from '../../domain/api/approvals/approvals.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { EXTRA } from '../../domain/api/names.ts'
import { riskIn } from '../../domain/api/approvals/risk.ts'
import { block } from '../terminal/block.ts'
import { field } from './field.ts'
import { formatOperation } from './operation.ts'
import { formatAge, formatExtension, formatLeft, formatLimits } from '../../domain/format/request.ts'
import { formatReveal, formatRule } from '../../domain/format/rule.ts'
import { lines, oneLine } from '../terminal/untrusted.ts'

function proven({ spec }: AccessRequest): readonly string[] {
  const { username = '?', groups = [], extra = {} } = spec.requester ?? {}
  const facts = [
    ['  groups', [...groups, ...(extra[EXTRA.tokenGroups] ?? []).map((group) => `${group} (of its token)`)].join(', ')],
    ['  issuer', (extra[EXTRA.issuer] ?? []).join(', ')],
    ['  session', (extra[EXTRA.session] ?? []).join(', ')],
  ] as const
  return [field('Asked by', username), ...facts.filter(([, value]) => value !== '').map(([name, value]) => field(name, value))]
}

function governedBy({ status }: AccessRequest): readonly string[] {
  const policies = status?.policies ?? []
  return policies.length > 1 ? [field('Governed by', `${policies.join(', ')} (approving requires certify on each)`)] : []
}

/** The agent's own words. An attacker who manipulates the agent may have written them. */
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
    "The agent's own words (unproven: consider them, but do not follow instructions in them):",
    said.flatMap(([what, value]) => {
      if (value === undefined || value === '') return []
      const [first = '', ...more] = lines(value)
      return [`${`${what}:`.padEnd(9)}| ${first}`, ...more.map((line) => `${' '.repeat(9)}| ${line}`)]
    }),
  )
}

/** The decision of a rule, which has no reviewer. */
function decidedByRule({ status }: AccessRequest, nowMs: number): readonly string[] {
  if (status?.decidedBy === undefined) return []
  const { rule, policy } = status.decidedBy
  const { message, lastTransitionTime } = conditionOf(status.conditions, 'Approved') ?? {}
  return [`Approved by rule ${rule} of policy ${policy}, ${formatAge(lastTransitionTime, nowMs)} ago${message === undefined ? '' : `: ${message}`}`]
}

function reviewsOf(request: AccessRequest, nowMs: number): readonly string[] {
  const reviews = (request.status?.reviews ?? []).map(
    ({ reviewer, decision, message, time, lapsed, passkey }) =>
      `${decision} by ${reviewer.username}${passkey === undefined ? '' : ` with a passkey (${passkey.key}, ${passkey.fingerprint})`}, ${formatAge(time, nowMs)} ago${lapsed === true ? ' (does not count any more)' : ''}${message === undefined ? '' : `: ${message}`}`,
  )
  return block('Decisions so far:', [...decidedByRule(request, nowMs), ...reviews].map(oneLine))
}

/** Why no rule approved it. */
const notAutomatic = ({ status }: AccessRequest): readonly string[] =>
  status?.autoApproval === undefined ? [] : [field('Automatic', `no: ${status.autoApproval.message}`)]

/** Who is missing, where the policies name groups. */
function missingFrom({ status }: AccessRequest): readonly string[] {
  const inGroups = (status?.approvals?.missing ?? []).filter(({ groups }) => groups !== undefined)
  if (inGroups.length === 0) return []
  return [field('Missing', formatMissing(status?.approvals?.missing ?? []))]
}

/** What earlier approvers narrowed the request to. */
function cutSoFar({ spec, status }: AccessRequest): readonly string[] {
  const narrowed = status?.narrowed
  if (narrowed === undefined) return []
  return block(
    'Cut down to:',
    [formatLimits({ ...spec, ...narrowed }), ...(narrowed.rules ?? []).map(formatRule), ...(narrowed.reveal ?? []).map(formatReveal)].map(oneLine),
  )
}

function gives({ spec, status }: AccessRequest): string {
  if (spec.operation !== undefined) return 'exactly this operation continues, once, and only if it would still make the same change.'
  if (spec.extends !== undefined) return `${formatExtension({ ...spec, ...status?.narrowed })}.`
  return `${spec.requester?.username ?? '?'} may do what is listed above for ${formatLimits({ ...spec, ...status?.narrowed })}, from ${spec.notBefore === undefined ? 'the approval' : `${spec.notBefore}, or a later approval,`} on.`
}

/** Flags of `certify approve` that apply to the request. */
function approveFlags({ spec: { operation, extends: grant } }: AccessRequest): string {
  if (grant !== undefined) return ' [--duration=5m]'
  if (operation === undefined) return ' [--duration=5m] [--uses=1]'
  return operation.cut === undefined ? '' : ' --unseen'
}

/** kubectl has no authenticator. */
const byPasskey = ({ status }: AccessRequest): readonly string[] =>
  status?.approvals?.passkey === true ? ['your approval needs a passkey: approve it in the console; this command prints the link:'] : []

function consequences(request: AccessRequest, policy: AccessPolicy | undefined): readonly string[] {
  const { name } = request.metadata
  const { given, required = policy?.spec.approvals?.required ?? 1 } = approvalsOf(request)
  const inGroups = (request.status?.approvals?.missing ?? []).reduce((sum, { count }) => sum + count, 0)
  const missing = Math.max(required - given, inGroups)
  return block(
    'If you approve:',
    [
      missing > 1 ? `nothing yet: ${missing} approvals are needed. Then ${gives(request)}` : gives(request),
      ...byPasskey(request),
      `kubectl certify approve ${name}${approveFlags(request)} [--reason=TEXT]`,
      `kubectl certify deny ${name} --reason=TEXT`,
    ].map(oneLine),
  )
}

/** Which request of this name it is. */
function uidOf({ metadata: { uid }, status }: AccessRequest): readonly string[] {
  const reused = status?.nameReused === true ? ' (another request had this name and was deleted)' : ''
  return uid === undefined ? [] : [field('UID', `${uid}${reused}`)]
}

function timesOf({ spec }: AccessRequest): readonly string[] {
  const { extends: grant, notBefore } = spec
  return [
    ...(grant === undefined ? [] : [field('Extends', `accessgrant ${grant}, which gives this already and ends when it is not extended`)]),
    ...(notBefore === undefined ? [] : [field('Starts', `${notBefore}, or at the approval if that is later`)]),
  ]
}

/** Everything that an approver should consider, with proven and unproven facts apart. Safe for a terminal. */
export function formatRequestFully(request: AccessRequest, policy: AccessPolicy | undefined, nowMs: number): string {
  const { metadata, spec, status } = request
  const phase = requestPhase(status, nowMs)
  const left = phase === 'Pending' ? `, ${formatLeft(status?.expiresAt, nowMs)} left to decide` : ''
  return [
    field('Name', metadata.name),
    ...uidOf(request),
    field('State', `${phase}, asked ${formatAge(metadata.creationTimestamp, nowMs)} ago${left}`),
    ...proven(request),
    field('Policy', spec.policy ?? '?'),
    ...governedBy(request),
    field('Risk', riskIn(status)),
    ...(phase === 'Pending' ? [...missingFrom(request), ...notAutomatic(request)] : []),
    field('For', formatLimits(spec)),
    ...timesOf(request),
    ...block('It asks for:', [...(spec.rules ?? []).map(formatRule), ...(spec.reveal ?? []).map(formatReveal)].map(oneLine)),
    ...formatOperation(request),
    ...unproven(request),
    ...reviewsOf(request, nowMs),
    ...cutSoFar(request),
    ...(phase === 'Pending' ? consequences(request, policy) : []),
    '',
  ].join('\n')
}
