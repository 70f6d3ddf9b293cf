import type { Played, Recorded, Session } from '../domain/record/replay.ts'
import { shownIn } from '../domain/record/shown-in.ts'
import { sayDuration } from './duration.ts'
import { lines, oneLine } from './untrusted.ts'

/** Lines of a terminal that a timeline shows of one request; `--output=cast` has them all. */
const MOST_LINES = 200

type What = Pick<Recorded<'request.refused'>, 'method' | 'path' | 'verb' | 'apiGroup' | 'resource' | 'subresource' | 'namespace' | 'name'>

/** `patch deployments.apps/scale "web" in shop`, or method and path of what is no resource. */
function sayWhat(what: What): string {
  if (what.resource === undefined || what.verb === undefined) return `${what.method ?? '?'} ${what.path ?? '?'}`
  const group = what.apiGroup === undefined || what.apiGroup === '' ? '' : `.${what.apiGroup}`
  const below = what.subresource === undefined ? '' : `/${what.subresource}`
  const name = what.name === undefined ? '' : ` "${what.name}"`
  return `${what.verb} ${what.resource}${group}${below}${name}${what.namespace === undefined ? '' : ` in ${what.namespace}`}`
}

const sayMs = (ms: number): string => (ms < 1000 ? `${ms}ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)}s` : sayDuration(ms / 1000))

function sayIntent(intent: Recorded<'request.intent'>): string {
  const by = intent.grant === undefined ? (intent.policy ?? '') : `grant ${intent.grant}`
  const marks = [by, intent.dryRun === true ? 'dry run' : '', intent.shadow === true ? 'let pass: shadow mode' : ''].filter((mark) => mark !== '')
  const reveals = intent.reveal === undefined ? '' : `, shown unmasked: ${intent.reveal.join(', ')}`
  return `${sayWhat(intent)}  [${marks.join(', ')}${reveals}]`
}

function sayOutcome({ code, ended, durationMs, message }: Recorded<'request.outcome'>): string {
  const how = ended === 'completed' ? '' : ended === 'aborted' ? ', the client left' : ', broken off'
  return `-> ${code === 0 ? 'no answer' : code}${how} after ${sayMs(durationMs)}${message === undefined ? '' : `: ${message}`}`
}

function sayOpened({ stream, command, container }: Recorded<'stream.opened'>): string {
  return `${stream} opened${container === undefined ? '' : ` in container ${container}`}${command === undefined ? '' : `: ${command.join(' ')}`}`
}

function sayClosed({ reason, durationMs, exitCode }: Recorded<'stream.closed'>): string {
  return `stream ended (${reason}) after ${sayMs(durationMs)}${exitCode === undefined ? '' : `, exit code ${exitCode}`}`
}

function sayDecided({ decision, waitedMs, message }: Recorded<'hold.decided'>): string {
  return `${decision.toLowerCase()} after ${sayMs(waitedMs)}${message === undefined ? '' : `: ${message}`}`
}

const MARK = { stdin: '<', stdout: '|', stderr: '!' } as const

/** What went over a terminal, line by line: `<` typed, `|` printed, `!` printed as error. Escape sequences are shown, not obeyed. */
function sayData(data: readonly Recorded<'stream.data'>[]): readonly string[] {
  const said: { readonly channel: keyof typeof MARK; text: string }[] = []
  for (const piece of data.toSorted((left, right) => left.offsetMs - right.offsetMs)) {
    const { channel } = piece
    if (channel === 'resize') continue
    const text = shownIn(piece)
    const last = said.at(-1)
    if (last?.channel === channel) last.text += text
    else said.push({ channel, text })
  }
  const all = said.flatMap(({ channel, text }) => lines(text.replaceAll('\r\n', '\n')).map((line) => `${MARK[channel]} ${line}`))
  return all.length <= MOST_LINES ? all : [...all.slice(0, MOST_LINES), `… ${all.length - MOST_LINES} lines more; all of them: --output=cast`]
}

/** An intent is written before the deed and its outcome after: between them whoever wrote may have been stopped. */
const UNKNOWN = '-> outcome unknown: it still runs, or the gateway was stopped amid it, and kube-apiserver may have done it or not'

/** What came after the request arrived, in the order in which it can happen. */
function details({ intent, refused, filed, decided, opened, data, closed, outcome }: Played): readonly string[] {
  return [
    filed === undefined ? [] : [`waited for an approval: accessrequest ${filed.request}`],
    decided === undefined ? [] : [sayDecided(decided)],
    opened === undefined ? [] : [sayOpened(opened)],
    sayData(data),
    closed === undefined ? [] : [sayClosed(closed)],
    outcome === undefined ? (intent === undefined || (refused ?? closed) !== undefined ? [] : [UNKNOWN]) : [sayOutcome(outcome)],
  ].flat()
}

function headline({ intent, refused, auditID }: Played): string {
  if (intent !== undefined) return sayIntent(intent)
  if (refused !== undefined) return `REFUSED ${sayWhat(refused)}: ${refused.code} ${refused.reason}`
  return `(of request ${auditID}, which began before)`
}

function sayRequest(request: Played): string {
  const { intent, refused, time } = request
  const also = intent !== undefined && refused !== undefined ? [`REFUSED: ${refused.code} ${refused.reason}`] : []
  const why = refused?.message === undefined ? [] : lines(refused.message)
  const below = [...details(request), ...also, ...why]
  return [`  ${oneLine(time)}  ${oneLine(headline(request))}`, ...below.map((line) => `      ${oneLine(line)}`)].join('\n')
}

/** A session as a timeline. Everything in it is made safe for a terminal, line by line. */
export function saySession({ session, users, requests }: Session): string {
  const title = session === '' ? 'Of callers that were not known' : `Session ${session} of ${users.join(', ') || '?'}`
  const span = `${requests[0]?.time ?? ''} to ${requests.at(-1)?.time ?? ''}`
  const count = `${requests.length} ${requests.length === 1 ? 'request' : 'requests'}`
  return `${oneLine(title)}, ${count}, ${oneLine(span)}\n${requests.map(sayRequest).join('\n')}\n`
}
