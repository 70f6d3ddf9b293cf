import { untoldLines } from '../../../domain/explain/decision-words.ts'
import { inOrder, type SessionDecision } from '../../../domain/explain/session-decisions.ts'
import { asciicastOf } from '../../../domain/record/asciicast.ts'
import { readEvents, type EventSelection } from '../../../domain/record/read-events.ts'
import { auditIDOf, sessionsOf, type Played, type RecordedEvent } from '../../../domain/record/replay.ts'
import { parseDuration } from '../../terminal/duration.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { readCast, readEvents as readSessionEvents, readTerminals } from '../sessions/read-session.ts'
import { openRecords } from './records-folder.ts'
import { unpack } from '../../../server/records/unpack.ts'
import { formatSession } from '../../format/replay.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'

const FORMATS = ['text', 'json', 'cast'] as const
type ReplayFormat = (typeof FORMATS)[number]

function replayFormat(value: string | undefined): ReplayFormat {
  const found = FORMATS.find((format) => format === (value ?? 'text'))
  if (found === undefined) throw usage(`--output=${value ?? ''}: must be one of ${FORMATS.join(', ')}`)
  return found
}

/** Parses a duration before now, as `1h`, or an RFC 3339 time. @throws CommandError */
function sinceOf(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{4}-\d{2}-\d{2}/.test(value)) return nowMs - parseDuration('--since', value) * 1000
  const time = Date.parse(value)
  if (Number.isNaN(time)) throw usage(`--since=${value}: invalid time`, 'write it as --since=1h or --since=2026-11-25T12:00:00Z')
  return time
}

function selectionOf(flags: ParsedFlags, nowMs: number): EventSelection {
  const [session, ...more] = flags.words
  if (more.length > 0) throw usage('at most one SESSION is allowed', 'to show all sessions, leave it out')
  return { session, auditID: lastOf(flags, 'audit-id'), sinceMs: sinceOf(lastOf(flags, 'since'), nowMs) }
}

/** The only terminal session in the selection. @throws CommandError when there is none, or that lists them when there are several */
function terminalIn(requests: readonly Played[]): Played {
  const terminals = requests.filter(({ opened, data }) => data.length > 0 || opened?.stream === 'exec' || opened?.stream === 'attach')
  const [only, ...more] = terminals
  if (only === undefined) throw usage('the selection has no exec or attach', 'see what it has with: --output=text')
  if (more.length > 0)
    throw usage(
      `the selection has ${terminals.length} terminal sessions`,
      `choose one: ${terminals.map(({ auditID, opened }) => `--audit-id=${oneLine(auditID)} (${oneLine(opened?.command?.join(' ') ?? '')})`).join(', ')}`,
    )
  return only
}

/** `decisions`: what the records of the gateways do not have. They belong to the only session of the events. */
type Selected = { readonly events: readonly RecordedEvent[]; readonly decisions?: readonly SessionDecision[] }

/** Events of login belong to people, and not to what an agent did. */
function noteSignIns(io: IO, events: readonly RecordedEvent[]): void {
  if (events.some(({ event }) => event.startsWith('login.')))
    io.note('note: sign-ins and tokens are not part of a session; show them with: --output=json')
}

function printEvents(io: IO, format: ReplayFormat, { events, decisions = [] }: Selected): void {
  if (format === 'json')
    return io.print(
      inOrder(events, decisions)
        .map((event) => `${JSON.stringify(event)}\n`)
        .join(''),
    )
  noteSignIns(io, events)
  const sessions = sessionsOf(events)
  if (format === 'cast') return io.print(asciicastOf(terminalIn(sessions.flatMap(({ requests }) => requests))))
  io.print(sessions.map((session) => formatSession({ ...session, decisions })).join('\n'))
}

/** A session of the cluster. @throws CommandError, KubectlError */
async function replaySession(io: IO, flags: ParsedFlags, format: ReplayFormat): Promise<ExitCode> {
  const { session: name, auditID, sinceMs } = selectionOf(flags, io.clock.nowMs())
  if (name === undefined) throw usage('a SESSION or --records is required', 'list sessions with: kubectl certify sessions')
  if (format === 'cast') {
    io.print(await readCast(io, name, auditID))
    return EXIT.granted
  }
  const { events, decisions, untold, unreadable } = await readSessionEvents(io, name)
  if (unreadable > 0) io.note(`note: ${unreadable} lines of the records were changed or damaged; verify the records of the gateways`)
  const wanted = events.filter(
    (event) => (auditID === undefined || auditIDOf(event) === auditID) && (sinceMs === undefined || Date.parse(event.time) >= sinceMs),
  )
  if (wanted.length === 0) throw usage('no events match the selection', 'to show the whole session, leave out --since and --audit-id')
  const also = auditID === undefined ? decisions.filter(({ time }) => sinceMs === undefined || Date.parse(time) >= sinceMs) : []
  printEvents(io, format, { events: format === 'json' ? wanted : [...wanted, ...(await readTerminals(io, name, wanted))], decisions: also })
  if (auditID === undefined) for (const line of untoldLines(untold)) io.note(`note: ${oneLine(line)}`)
  return EXIT.granted
}

/** `kubectl certify replay SESSION`, or `kubectl certify replay [SESSION] --records=DIR`. @throws CommandError, KubectlError */
export async function certifyReplay(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const dir = lastOf(flags, 'records')
  const format = replayFormat(lastOf(flags, 'output'))
  if (dir === undefined) return await replaySession(io, flags, format)
  const selection = selectionOf(flags, io.clock.nowMs())
  const folder = await openRecords(dir)
  const { events, unreadable } = await readEvents(folder, selection, unpack)
  for (const file of folder.gone) io.note(`note: ${oneLine(file)} was removed while the records were read, so its events are not shown`)
  if (unreadable > 0) io.note(`note: ${unreadable} lines cannot be read; see: kubectl certify verify ${dir}`)
  if (events.length === 0) throw usage('no records match the selection', 'to show every session, leave out SESSION, --since and --audit-id')
  printEvents(io, format, { events })
  return EXIT.granted
}
