import { decisionDetails, decisionLine } from '../../domain/explain/decision-words.ts'
import { inOrder, isDecision, type SessionDecision } from '../../domain/explain/session-decisions.ts'
import { detailsOf, headlineOf } from '../../domain/explain/session-words.ts'
import type { Played, RecordedEvent, ReplayedSession } from '../../domain/record/replay.ts'
import { streamText } from '../../domain/record/shown-in.ts'
import { lines, oneLine } from '../terminal/untrusted.ts'

/** Terminal lines that a timeline shows per request; `--output=cast` has all of them. */
const MAX_LINES = 200

const MARK = { stdin: '<', stdout: '|', stderr: '!' } as const

/** Terminal data line by line: `<` stdin, `|` stdout, `!` stderr. Escape sequences are shown, not interpreted. */
function formatData(data: readonly RecordedEvent<'stream.data'>[]): readonly string[] {
  const said: { readonly channel: keyof typeof MARK; text: string }[] = []
  for (const piece of data.toSorted((left, right) => left.offsetMs - right.offsetMs)) {
    const { channel } = piece
    if (channel === 'resize') continue
    const text = streamText(piece)
    const last = said.at(-1)
    if (last?.channel === channel) last.text += text
    else said.push({ channel, text })
  }
  const all = said.flatMap(({ channel, text }) => lines(text.replaceAll('\r\n', '\n')).map((line) => `${MARK[channel]} ${line}`))
  return all.length <= MAX_LINES ? all : [...all.slice(0, MAX_LINES), `… ${all.length - MAX_LINES} lines more; all of them: --output=cast`]
}

function formatRequest(request: Played): string {
  const { intent, refused, time } = request
  const also = intent !== undefined && refused !== undefined ? [`REFUSED: ${refused.code} ${refused.reason}`] : []
  const why = refused?.message === undefined ? [] : lines(refused.message)
  const below = [...detailsOf(request, formatData(request.data)), ...also, ...why]
  return [`  ${oneLine(time)}  ${oneLine(headlineOf(request))}`, ...below.map((line) => `      ${oneLine(line)}`)].join('\n')
}

function formatDecision(decision: SessionDecision): string {
  const below = decisionDetails(decision).map((line) => `      ${oneLine(line)}`)
  return [`  ${oneLine(decision.time)}  [from jit-apiserver] ${oneLine(decisionLine(decision))}`, ...below].join('\n')
}

/** Formats a session as a timeline, with decisions that are not in its records if it has some. Every line is made safe for a terminal. */
export function formatSession({
  session,
  users,
  requests,
  decisions = [],
}: ReplayedSession & { readonly decisions?: readonly SessionDecision[] }): string {
  const nameless = users.length === 0 ? 'Unauthenticated callers' : `No session, of ${users.join(', ')}`
  const title = session === '' ? nameless : `Session ${session} of ${users.join(', ') || '?'}`
  const span = `${requests[0]?.time ?? ''} to ${requests.at(-1)?.time ?? ''}`
  const count = `${requests.length} ${requests.length === 1 ? 'request' : 'requests'}`
  const entries = inOrder(requests, decisions).map((entry) => (isDecision(entry) ? formatDecision(entry) : formatRequest(entry)))
  return `${oneLine(title)}, ${count}, ${oneLine(span)}\n${entries.join('\n')}\n`
}
