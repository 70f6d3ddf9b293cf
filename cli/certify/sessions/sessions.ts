import type { AccessSession, AccessSessionStatus } from '../../../domain/api/access-session.ts'
import { formatDuration } from '../../../domain/format/duration.ts'
import { formatAge } from '../../../domain/format/request.ts'
import { fieldSelectorOf } from '../../../domain/selectors/field-selector.ts'
import { pagesOf } from '../../kubectl/list-pages.ts'
import { sessionsPath } from '../../kubectl/paths.ts'
import { parseDuration } from '../../terminal/duration.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import type { IO } from '../../terminal/io.ts'
import { printListing } from '../../terminal/listing.ts'
import { listingFormatOf } from '../../terminal/output-formats.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'

/** Rows of a list. More are never kept in memory. */
const MAX = 500
const WEEK = 7 * 24 * 3600
const HEADINGS = ['NAME', 'AGENT', 'PHASE', 'ACTIVE', 'LASTED', 'REQUESTS', 'REFUSED', 'HELD', 'STREAMS'] as const
const WIDE = ['POLICIES', 'GRANTS', 'TERMINALS'] as const

const lastActivity = ({ status }: AccessSession): string => status?.lastActivityAt ?? ''

/** The latest sessions. `left`: how many older ones are left out. @throws KubectlError */
async function readSessions(
  io: IO,
  query: { readonly agent: string | undefined; readonly policy: string | undefined; readonly sinceMs: number },
): Promise<{ readonly items: readonly AccessSession[]; readonly left: number }> {
  const since = new Date(query.sinceMs).toISOString()
  const fieldSelector = fieldSelectorOf({ 'spec.username': query.agent })
  let kept: readonly AccessSession[] = []
  let left = 0
  for await (const { items } of pagesOf<AccessSession>(io.kubectl, (options) => sessionsPath({ ...options, since }), { fieldSelector })) {
    const wanted = items.filter(({ status }) => query.policy === undefined || status?.policies?.some(({ name }) => name === query.policy) === true)
    const all = [...kept, ...wanted].toSorted((one, other) => lastActivity(other).localeCompare(lastActivity(one)))
    kept = all.slice(0, MAX)
    left += all.length - kept.length
  }
  return { items: kept, left }
}

const lasted = ({ status }: AccessSession): string =>
  formatDuration(Math.round((Date.parse(status?.lastActivityAt ?? '') - Date.parse(status?.startedAt ?? '')) / 1000) || 0)

/** `64+` grants are more than a session lists. */
const wideCells = ({ policies = [], grants = [], truncated = [], terminals = [], moreTerminals = 0 }: AccessSessionStatus): readonly string[] => [
  policies.map(({ name }) => name).join(', '),
  `${grants.length}${truncated.includes('grants') ? '+' : ''}`,
  String(terminals.length + moreTerminals),
]

/** `kubectl certify sessions`: what agents did, the latest first. @throws CommandError, KubectlError */
export async function certifySessions(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  if (flags.words.length > 0) throw usage('sessions takes no names', 'to see one session: kubectl certify replay NAME')
  const format = listingFormatOf(lastOf(flags, 'output'))
  const since = lastOf(flags, 'since')
  const seconds = since === undefined ? WEEK : parseDuration('--since', since)
  const nowMs = io.clock.nowMs()
  const { items, left } = await readSessions(io, { agent: lastOf(flags, 'agent'), policy: lastOf(flags, 'policy'), sinceMs: nowMs - seconds * 1000 })
  printListing(io, format, {
    kind: 'AccessSession',
    items,
    none: `No session that you can see was active in the last ${formatDuration(seconds)}.`,
    headings: HEADINGS,
    wideHeadings: WIDE,
    row: (session) => {
      const { metadata, spec, status } = session
      const counts = [status?.requests, status?.refused, status?.held, status?.streams].map((count) => String(count ?? 0))
      return [metadata.name, spec.username, status?.phase ?? '', `${formatAge(lastActivity(session), nowMs)} ago`, lasted(session), ...counts]
    },
    wideCells: ({ status }) => wideCells(status ?? {}),
  })
  if (left > 0) io.note(`${left} older sessions are not shown; narrow it down with --agent, --policy or --since`)
  return EXIT.granted
}
