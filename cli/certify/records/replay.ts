import { asciicastOf } from '../../../domain/record/asciicast.ts'
import { readEvents, type Selection } from '../../../domain/record/read-events.ts'
import { sessionsOf, type Played, type Recorded } from '../../../domain/record/replay.ts'
import { parseDuration } from '../../terminal/duration.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { openRecords } from './records-folder.ts'
import { unpack } from './unpack.ts'
import { formatSession } from '../../format/replay.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'

const FORMATS = ['text', 'json', 'cast'] as const
type ReplayFormat = (typeof FORMATS)[number]

function replayFormat(value: string | undefined): ReplayFormat {
  const found = FORMATS.find((format) => format === (value ?? 'text'))
  if (found === undefined) throw usage(`--output=${value ?? ''} is none of ${FORMATS.join(', ')}`)
  return found
}

/** `1h`: that long ago; or a time as RFC 3339 has it. */
function sinceOf(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{4}-\d{2}-\d{2}/.test(value)) return nowMs - parseDuration('--since', value) * 1000
  const time = Date.parse(value)
  if (Number.isNaN(time)) throw usage(`--since=${value} is no time`, 'write it as --since=1h or --since=2026-11-25T12:00:00Z')
  return time
}

function selectionOf(flags: ParsedFlags, nowMs: number): Selection {
  const [session, ...more] = flags.words
  if (more.length > 0) throw usage('one SESSION at most', 'all of them: leave it out')
  return { session, auditID: lastOf(flags, 'audit-id'), sinceMs: sinceOf(lastOf(flags, 'since'), nowMs) }
}

/** The one terminal that is meant. @throws CommandError that names them when there are several */
function terminalIn(requests: readonly Played[]): Played {
  const terminals = requests.filter(({ opened, data }) => data.length > 0 || opened?.stream === 'exec' || opened?.stream === 'attach')
  const [only, ...more] = terminals
  if (only === undefined) throw usage('there is no exec or attach in what you selected', 'see what there is with: --output=text')
  if (more.length > 0)
    throw usage(
      `${terminals.length} terminals are in what you selected`,
      `choose one: ${terminals.map(({ auditID, opened }) => `--audit-id=${oneLine(auditID)} (${oneLine(opened?.command?.join(' ') ?? '')})`).join(', ')}`,
    )
  return only
}

function printEvents(io: IO, format: ReplayFormat, events: readonly Recorded[]): void {
  if (format === 'json') return io.print(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  const sessions = sessionsOf(events)
  if (format === 'cast') return io.print(asciicastOf(terminalIn(sessions.flatMap(({ requests }) => requests))))
  io.print(sessions.map(formatSession).join('\n'))
}

/** `kubectl certify replay [SESSION] --records=DIR`. @throws CommandError */
export async function certifyReplay(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const dir = lastOf(flags, 'records')
  if (dir === undefined) throw usage('--records is needed', 'the folder of records: --records=./records')
  const format = replayFormat(lastOf(flags, 'output'))
  const selection = selectionOf(flags, io.clock.nowMs())
  const { events, unreadable } = await readEvents(await openRecords(dir), selection, unpack)
  if (unreadable > 0) io.note(`note: ${unreadable} lines cannot be read; see: kubectl certify verify ${dir}`)
  if (events.length === 0) throw usage('nothing is recorded of what you selected', 'every session: leave out SESSION, --since and --audit-id')
  printEvents(io, format, events)
  return EXIT.granted
}
