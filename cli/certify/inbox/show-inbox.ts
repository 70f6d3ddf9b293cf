import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { approvalsOf } from '../../../domain/api/approvals/approvals.ts'
import { riskIn } from '../../../domain/api/approvals/risk.ts'
import { columns } from '../../terminal/columns.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { readInbox, type Inbox, type Sort } from './inbox.ts'
import { listingFormatOf, printObjects, type ListingFormat } from '../../terminal/listing.ts'
import { shortName } from '../../terminal/output.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { formatAge, formatAsk, formatLeft, formatLimits } from '../../../domain/format/request.ts'
import { openReviewNotes } from '../break-glass/open-reviews.ts'
import { suspensionNotes } from '../suspend/in-force.ts'
import { watchInbox } from './watch-inbox.ts'
import type { IO } from '../../terminal/io.ts'

const HEADINGS = ['NAME', 'REQUESTER', 'RISK', 'LIMITS', 'AGE', 'EXPIRES', 'REQUESTED'] as const
const WIDE = ['POLICY', 'REVIEWS', 'REASON (UNPROVEN)'] as const

type Rows = (requests: readonly AccessRequest[]) => readonly (readonly string[])[]

const wideCells = (request: AccessRequest): readonly string[] => {
  const { given, required } = approvalsOf(request)
  return [request.spec.policy ?? '?', `${given}/${required ?? '?'}`, request.spec.reason ?? '']
}

/** Rows for people. Text that an agent may have written is made safe by `columns`. */
function createRows(io: IO, wide: boolean): Rows {
  const row = (request: AccessRequest): readonly string[] => {
    const { metadata, spec, status } = request
    const nowMs = io.clock.nowMs()
    return [
      metadata.name,
      spec.requester?.username ?? '?',
      riskIn(status),
      formatLimits(spec),
      formatAge(metadata.creationTimestamp, nowMs),
      formatLeft(status?.expiresAt, nowMs),
      formatAsk(request),
      ...(wide ? wideCells(request) : []),
    ]
  }
  return (requests) => requests.map(row)
}

function printTable(io: IO, inbox: Inbox, wide: boolean): void {
  const rows = createRows(io, wide)
  const headings = wide ? [...HEADINGS, ...WIDE] : HEADINGS
  const width = wide ? undefined : io.width
  if (inbox.mine.length === 0) io.note('Nothing waits for you.')
  else io.print(columns(headings, rows(inbox.mine), width))
  for (const [requests, title] of [
    [inbox.reviewed, 'Approved by you, waiting for another approver:'],
    [inbox.others, 'For approvers of other groups; you can deny them:'],
    [inbox.own, 'Your own requests, for others to decide:'],
  ] as const) {
    if (requests.length > 0) io.print(`\n${title}\n${columns(headings, rows(requests), width)}`)
  }
}

function printInbox(io: IO, inbox: Inbox, format: ListingFormat): void {
  const { mine: items, resourceVersion } = inbox
  if (format === undefined || format === 'wide') printTable(io, inbox, format === 'wide')
  else printObjects(io, format, { kind: 'AccessRequest', items, resourceVersion })
}

const EXPIRES = HEADINGS.indexOf('EXPIRES')

/** A row of a request that no longer waits for the caller: what became of it stands where the time to decide was. */
const decidedRow = (row: readonly string[], phase: string): readonly string[] => row.map((cell, column) => (column === EXPIRES ? phase : cell))

/** Watches after the list: prints a row for each new request, and its row again when it is decided. Runs until the process ends. */
async function follow(io: IO, inbox: Inbox, { sort, format }: { readonly sort: Sort; readonly format: ListingFormat }): Promise<never> {
  const rows = createRows(io, format === 'wide')
  const width = format === 'wide' ? undefined : io.width
  const shown = new Set(inbox.mine.map(({ metadata }) => metadata.name))
  return await watchInbox(io, inbox.resourceVersion, async (request) => {
    const { name } = request.metadata
    if (!shown.has(name) && (await sort(request)) === 'mine') {
      shown.add(name)
      if (format === 'name') io.print(`${shortName(request)}\n`)
      else io.print(columns(rows([request])[0] ?? [], [], width))
    } else if (shown.has(name) && (await sort(request)) === undefined) {
      shown.delete(name)
      const phase = requestPhase(request.status, io.clock.nowMs())
      if (format === 'name') io.note(`${shortName(request)} ${phase.toLowerCase()}`)
      else io.print(columns(decidedRow(rows([request])[0] ?? [], phase), [], width))
    }
  })
}

/** `kubectl certify`: lists the requests that wait for the caller. @throws CommandError, KubectlError */
export async function certifyInbox(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const format = listingFormatOf(lastOf(flags, 'output'))
  const watching = switchedOn(flags, 'watch')
  if (watching && (format === 'json' || format === 'yaml')) throw usage('--watch prints a table or names', 'leave out --output, or use --output=name')
  const [{ inbox, sort }, ...notes] = await Promise.all([readInbox(io, lastOf(flags, 'namespace')), suspensionNotes(io), openReviewNotes(io)])
  for (const note of notes.flat()) io.note(note)
  printInbox(io, inbox, format)
  if (watching) await follow(io, inbox, { sort, format })
  return EXIT.granted
}
