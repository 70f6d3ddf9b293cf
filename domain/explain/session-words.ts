import { formatDuration } from '../format/duration.ts'
import { formatLimits } from '../format/request.ts'
import type { Played, RecordedEvent } from '../record/replay.ts'

/** What records say, in words. The text holds what agents wrote: a caller that shows it makes it safe for where it is shown. */

type What = Pick<RecordedEvent<'request.refused'>, 'method' | 'path' | 'verb' | 'apiGroup' | 'resource' | 'subresource' | 'namespace' | 'name'>

/** `patch deployments.apps/scale "web" in shop`, or method and path of a non-resource request. */
function formatWhat(what: What): string {
  if (what.resource === undefined || what.verb === undefined) return `${what.method ?? '?'} ${what.path ?? '?'}`
  const group = what.apiGroup === undefined || what.apiGroup === '' ? '' : `.${what.apiGroup}`
  const below = what.subresource === undefined ? '' : `/${what.subresource}`
  const name = what.name === undefined ? '' : ` "${what.name}"`
  return `${what.verb} ${what.resource}${group}${below}${name}${what.namespace === undefined ? '' : ` in ${what.namespace}`}`
}

const formatMs = (ms: number): string => (ms < 1000 ? `${ms}ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)}s` : formatDuration(ms / 1000))

function formatIntent(intent: RecordedEvent<'request.intent'>): string {
  const by = intent.grant === undefined ? (intent.policy ?? '') : `grant ${intent.grant}`
  const marks = [by, intent.dryRun === true ? 'dry run' : '', intent.shadow === true ? 'let pass: shadow mode' : ''].filter((mark) => mark !== '')
  const reveals = intent.reveal === undefined ? '' : `, shown unmasked: ${intent.reveal.join(', ')}`
  return `${formatWhat(intent)}  [${marks.join(', ')}${reveals}]`
}

function formatOutcome({ code, ended, durationMs, message }: RecordedEvent<'request.outcome'>): string {
  const how = ended === 'completed' ? '' : ended === 'aborted' ? ', the client left' : ', broken off'
  return `-> ${code === 0 ? 'no answer' : code}${how} after ${formatMs(durationMs)}${message === undefined ? '' : `: ${message}`}`
}

function formatOpened({ stream, command, container }: RecordedEvent<'stream.opened'>): string {
  return `${stream} opened${container === undefined ? '' : ` in container ${container}`}${command === undefined ? '' : `: ${command.join(' ')}`}`
}

function formatClosed({ reason, durationMs, exitCode }: RecordedEvent<'stream.closed'>): string {
  return `stream ended (${reason}) after ${formatMs(durationMs)}${exitCode === undefined ? '' : `, exit code ${exitCode}`}`
}

/** `, approved by a, 1 of 2` */
function formatReviews({ approvedBy = [], deniedBy = [], required }: RecordedEvent<'hold.decided'>): string {
  const approved =
    approvedBy.length === 0
      ? ''
      : `, approved by ${approvedBy.join(' and ')}${required === undefined || required === 1 ? '' : `, ${approvedBy.length} of ${required}`}`
  return `${approved}${deniedBy.length === 0 ? '' : `, denied by ${deniedBy.join(' and ')}`}`
}

function formatDecided(decided: RecordedEvent<'hold.decided'>): string {
  const { decision, waitedMs, message } = decided
  return `${decision.toLowerCase()} after ${formatMs(waitedMs)}${formatReviews(decided)}${message === undefined ? '' : `: ${message}`}`
}

/** `accessrequest x approved by a, 1 of 2 approvals: why` */
function formatAccess(decided: RecordedEvent<'access.decided'>): string {
  const { decision, by, request, grant, approvals, required, message } = decided
  const what = decision === 'Revoked' ? `accessgrant ${grant ?? '?'} of accessrequest ${request}` : `accessrequest ${request}`
  const count = approvals === undefined || (required ?? 1) === 1 ? '' : `, ${approvals} of ${required ?? '?'} approvals`
  return `${what} ${decision.toLowerCase()} by ${by}${count}${message === undefined ? '' : `: ${message}`}`
}

/** What the decision gave. */
function formatScope({
  decision,
  grant,
  durationSeconds,
  notBefore,
  maxUses,
  narrowed,
  unseen,
  passkey,
  asks,
  policy,
}: RecordedEvent<'access.decided'>): readonly string[] {
  const limits = durationSeconds === undefined ? '' : ` for ${formatLimits({ durationSeconds, maxUses })}`
  const marks = [
    narrowed === true ? 'cut down' : '',
    unseen === true ? 'its plan was not shown whole' : '',
    passkey === undefined ? '' : `with passkey ${passkey}`,
  ].filter((mark) => mark !== '')
  const gives =
    decision === 'Approved' && grant !== undefined
      ? `accessgrant ${grant} under policy ${policy ?? '?'}${limits}${notBefore === undefined ? '' : ` from ${notBefore}`}`
      : ''
  return [gives, asks, marks.join(', ')].filter((line) => line !== '')
}

/** For an intent without an outcome: the intent is written before forwarding and the outcome after, and the gateway may have stopped in between. */
const UNKNOWN = '-> outcome unknown: it is still running, or the gateway stopped before it ended; kube-apiserver may or may not have executed it'

const formatTransferred = ({ grant, to, from, asks, expiresAt }: RecordedEvent<'access.transferred'>): string =>
  `accessgrant ${grant} transferred to ${to} until ${expiresAt}, as a part of ${from.join(', ')}: ${asks}`

/** What the request changed about grants that exist. */
const changes = ({
  extended,
  transferred,
}: { readonly [field in 'extended' | 'transferred']: Played[field] | undefined }): readonly (readonly string[])[] => [
  extended === undefined ? [] : [`accessgrant ${extended.grant} extended: it expires at ${extended.expiresAt}, not at ${extended.before}`],
  transferred === undefined ? [] : [formatTransferred(transferred)],
]

/** What happened after the request arrived, in the order in which it can happen. @param terminal lines of what a terminal showed */
export function detailsOf(request: Played, terminal: readonly string[] = []): readonly string[] {
  const { intent, refused, filed, access, extended, transferred, decided, opened, closed, outcome } = request
  return [
    access.flatMap((each, index) => [...(index === 0 ? [] : [formatAccess(each)]), ...formatScope(each)]),
    ...changes({ extended, transferred }),
    filed === undefined ? [] : [`waited for an approval: accessrequest ${filed.request}`],
    decided === undefined ? [] : [formatDecided(decided)],
    opened === undefined ? [] : [formatOpened(opened)],
    terminal,
    closed === undefined ? [] : [formatClosed(closed)],
    outcome === undefined ? (intent === undefined || (refused ?? closed) !== undefined ? [] : [UNKNOWN]) : [formatOutcome(outcome)],
  ].flat()
}

/** The request in one line. */
export function headlineOf({ intent, refused, access, transferred, auditID }: Played): string {
  const [decided] = access
  // A decision made through the gateway also has a request with an intent, which is that of the person who decided.
  if (decided !== undefined) return formatAccess(decided)
  if (intent !== undefined) return formatIntent(intent)
  if (transferred !== undefined) return formatTransferred(transferred)
  if (refused !== undefined) return `REFUSED ${formatWhat(refused)}: ${refused.code} ${refused.reason}`
  return `(of request ${auditID}, which began before)`
}
