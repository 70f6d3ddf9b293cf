import { formatAge, formatAsk } from '../../../domain/format/request.ts'
import { whoAmI } from '../../kubectl/self-subject.ts'
import { formatDuration } from '../../../domain/format/duration.ts'
import { parseDuration } from '../../terminal/duration.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { listingFormatOf } from '../../terminal/output-formats.ts'
import { printListing } from '../../terminal/listing.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { decidersOf, endedMs, grantFate, phaseOf, reasonOf } from '../../../domain/explain/past-request.ts'
import { readHistory } from './read-history.ts'

/** Rows of a history. More are never kept in memory. */
const MAX = 500
const WEEK = 7 * 24 * 3600
const HEADINGS = ['NAME', 'REQUESTER', 'OUTCOME', 'AGO', 'BY', 'ACCESS', 'REASON'] as const
const WIDE = ['POLICY', 'REQUESTED'] as const

/** `kubectl certify history`: what was decided, newest first. @throws CommandError, KubectlError */
export async function certifyHistory(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  if (flags.words.length > 0) throw usage('history takes no names', 'to see one request: kubectl certify show NAME')
  const format = listingFormatOf(lastOf(flags, 'output'))
  const since = lastOf(flags, 'since')
  const seconds = since === undefined ? WEEK : parseDuration('--since', since)
  const nowMs = io.clock.nowMs()
  const decidedBy = switchedOn(flags, 'mine') ? await whoAmI(io.kubectl) : undefined
  const query = { requester: lastOf(flags, 'requester'), policy: lastOf(flags, 'policy'), decidedBy, sinceMs: nowMs - seconds * 1000, max: MAX }
  const { items, left, grantsUnread } = await readHistory(io, query)
  const byName = new Map(items.map((item) => [item.request.metadata.name, item]))
  printListing(io, format, {
    kind: 'AccessRequest',
    items: items.map(({ request }) => request),
    none: `No request that you can see was decided in the last ${formatDuration(seconds)}.`,
    headings: HEADINGS,
    wideHeadings: WIDE,
    row: (request) => {
      const phase = phaseOf(request, nowMs)
      const ago = formatAge(new Date(endedMs(request, phase) || 0).toISOString(), nowMs)
      const past = byName.get(request.metadata.name) ?? { request, grant: undefined }
      const deciders = decidersOf(request).join(', ')
      return [request.metadata.name, request.spec.requester?.username ?? '?', phase, ago, deciders, grantFate(past, nowMs), reasonOf(request, phase)]
    },
    wideCells: (request) => [request.spec.policy ?? '?', formatAsk(request)],
  })
  if (left > 0) io.note(`${left} older ones are not shown; narrow it down with --requester, --policy or --since`)
  if (grantsUnread !== undefined) io.note(`grants cannot be read: ${oneLine(grantsUnread)}`)
  return EXIT.granted
}
