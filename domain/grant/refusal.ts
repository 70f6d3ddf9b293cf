import type { Classified, Decision } from '../decision.ts'
import type { Gain } from '../api/gain.ts'
import type { Identity } from '../identity.ts'
import type { UpcomingGrant, Verdict } from '../permit.ts'
import { StatusError, type StatusCause } from '../status-error.ts'
import { commandFor } from './access-request-command.ts'
import { useClassOf } from './use-class.ts'

/** Maximum length of paths and names in messages; Kubernetes names have at most 253 characters. The record has the full text. */
const MAX_SHOWN = 253
const cut = (text: string): string => (text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`)

function subjectOf({ info }: Classified): string {
  if (!info.isResourceRequest) return `path "${cut(info.path)}"`
  const name = info.name === '' ? '' : ` "${cut(info.name)}"`
  const group = info.apiGroup === '' ? '' : `.${info.apiGroup}`
  const scope = info.namespace === '' ? '' : ` in namespace "${info.namespace}"`
  return `${info.resource}${group}${info.subresource === '' ? '' : `/${info.subresource}`}${name}${scope}`
}

function forbidden(classified: Classified, message: string, causes: readonly StatusCause[]): StatusError {
  const { info } = classified
  return new StatusError('Forbidden', message, {
    details: { ...(info.name === '' ? {} : { name: info.name }), group: info.apiGroup, kind: info.resource, causes },
  })
}

const causesOf = (decision: Decision, gains: readonly Gain[] = []): readonly StatusCause[] => [
  { reason: 'AccessPolicy', message: decision.policy, field: 'policy' },
  { reason: 'AccessPolicyRule', message: decision.rule, field: 'rule' },
  { reason: 'AccessPolicyEffect', message: decision.effect, field: 'effect' },
  ...gains.map((gain): StatusCause => ({ reason: 'PowerGained', message: gain, field: 'object' })),
]

/** The powers that distinguish a write from an ordinary one, as a clause. */
const formatGains = (gains: readonly Gain[] = []): string => (gains.length === 0 ? '' : `, which gives the workload ${cut(gains.join(', '))}`)

/** Why a rule that might apply could not be evaluated, as a clause. */
const formatUnseen = ({ unseen }: Decision): string =>
  unseen === undefined ? '' : `; the condition of rule "${unseen.rule}" needs an object that is not known: ${unseen.why}`

/** An AccessRequest by the agent would not help: only the gateway can bind an approval to an operation. */
const HELD = 'Do it through the gateway, which holds it until an approver has decided'

/**
 * The refusal of a verdict other than allow: a 403 whose message contains the command that resolves it, since clients print only the message. A
 * condition that could not be evaluated is an error, a 503: no access can be requested.
 */
export function refusalOf(verdict: Exclude<Verdict, { readonly kind: 'allow' }>, classified: Classified, identity: Identity): StatusError {
  const { decision } = verdict
  const subject = subjectOf(classified)
  if (decision.error !== undefined)
    return new StatusError('ServiceUnavailable', `policy "${decision.policy}" cannot decide: ${decision.error}`, {
      details: { causes: causesOf(decision) },
    })
  const act = `"${identity.username}" cannot ${classified.verb} ${subject}${formatGains(classified.gains)}`
  if (decision.suspended !== undefined) return suspendedError(decision.suspended, classified, identity)
  if (verdict.kind === 'deny')
    return forbidden(
      classified,
      `${act}: denied by policy "${decision.policy}", rule "${decision.rule}"; no grant can allow it`,
      causesOf(decision, classified.gains),
    )
  const by = `(policy "${decision.policy}", rule "${decision.rule}"${formatUnseen(decision)})`
  if (verdict.for === 'approval')
    return forbidden(classified, `${act}: this very operation needs an approval of its own ${by}. ${HELD}`, [
      ...causesOf(decision, classified.gains),
      { reason: 'ApprovalRequired', message: HELD, field: 'effect' },
    ])
  if (verdict.upcoming !== undefined) return tooEarly(verdict.upcoming, { classified, decision, act: `${act}: no live grant covers it ${by}` })
  const spent =
    verdict.spentGrant === undefined
      ? ''
      : `; your grant "${verdict.spentGrant}" has no use of the class ${useClassOf(classified) ?? 'of this request'} left`
  const command = commandFor(classified, decision)
  return forbidden(classified, `${act}: no live grant covers it ${by}${spent}. To ask for it:\n  ${command}`, [
    ...causesOf(decision, classified.gains),
    { reason: 'GrantRequired', message: command, field: 'command' },
  ])
}

/** The refusal of what a grant will cover: to request it again would not help. */
function tooEarly(
  { name, notBefore }: UpcomingGrant,
  { classified, decision, act }: { readonly classified: Classified; readonly decision: Decision; readonly act: string },
): StatusError {
  return forbidden(classified, `${act}. Your grant "${name}" starts at ${notBefore}: repeat it then, and do not request it again`, [
    ...causesOf(decision, classified.gains),
    { reason: 'NotYetValid', message: notBefore, field: 'spec.notBefore' },
  ])
}

/** The refusal of everything that a suspended identity does. Quotes the reason of the human who suspended it. */
function suspendedError({ name, reason }: NonNullable<Decision['suspended']>, classified: Classified, { username }: Identity): StatusError {
  return forbidden(
    classified,
    `"${username}" is suspended by accesssuspension "${name}": ${cut(reason)}. Stop, and tell a human: an admin lifts it with "kubectl certify resume ${name}"`,
    [{ reason: 'Suspended', message: name, field: 'subject' }],
  )
}

/** The groups of an identity, as a clause. A policy that names a group without the prefix of its issuer is found by it. */
const formatGroups = ({ groups }: Identity): string => (groups.length === 0 ? ', which has no groups' : ` with the groups ${cut(groups.join(', '))}`)

/** The refusal of an identity that no policy governs: jit-access allows nothing by default. */
export function ungoverned(identity: Identity, classified: Classified): StatusError {
  return forbidden(
    classified,
    `no AccessPolicy governs "${identity.username}"${formatGroups(identity)}: an admin must name it, or one of its groups, in spec.subjects of one`,
    [{ reason: 'Ungoverned', message: identity.username, field: 'subject' }],
  )
}
