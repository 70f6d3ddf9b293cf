import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import type { InboxRow } from '../../../domain/api/virtual/inbox.ts'
import { inboxRowOf } from '../../../domain/format/inbox-row.ts'
import { columns } from '../../terminal/columns.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { createSort, readInbox, type Sort } from './inbox.ts'
import { mayDecide } from './may-certify.ts'
import { at, readInboxRows, type InboxRows } from './inbox-rows.ts'
import { listingFormatOf, shortName, type ListingFormat } from '../../terminal/output-formats.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { formatAge, formatLeft, formatLimits } from '../../../domain/format/request.ts'
import { openReviewNotes } from '../break-glass/open-reviews.ts'
import { suspensionNotes } from '../suspend/in-force.ts'
import { watchInbox } from './watch-inbox.ts'
import type { IO } from '../../terminal/io.ts'

const HEADINGS = ['NAME', 'REQUESTER', 'RISK', 'LIMITS', 'AGE', 'EXPIRES', 'REQUESTED'] as const
const WIDE = ['POLICY', 'REVIEWS', 'REASON (UNPROVEN)'] as const

type Cells = (row: InboxRow) => readonly string[]

const wideCells = ({ policy = '?', approvals, reason = '' }: InboxRow): readonly string[] => [
  policy,
  `${approvals?.given ?? 0}/${approvals?.required ?? '?'}`,
  reason,
]

/** Cells for people. Text that an agent may have written is made safe by `columns`. */
function createCells(io: IO, wide: boolean): Cells {
  return (row) => {
    const nowMs = io.clock.nowMs()
    return [
      row.name,
      row.requester ?? '?',
      row.risk,
      formatLimits(row),
      formatAge(row.creationTimestamp, nowMs),
      formatLeft(row.expiresAt, nowMs),
      row.asks,
      ...(wide ? wideCells(row) : []),
    ]
  }
}

const NO_RIGHT = 'Nothing waits for you: RBAC does not let you decide on requests. An admin binds approvers to the ClusterRole jit-approver.'

async function printTable(io: IO, inbox: InboxRows, wide: boolean): Promise<void> {
  const cells = createCells(io, wide)
  const headings = wide ? [...HEADINGS, ...WIDE] : HEADINGS
  const width = wide ? undefined : io.width
  const table = (rows: readonly InboxRow[]): string => columns(headings, rows.map(cells), width)
  const mine = at(inbox, 'Mine')
  if (mine.length === 0) io.note((await mayDecide(io.kubectl)) ? 'Nothing waits for you.' : NO_RIGHT)
  else io.print(table(mine))
  for (const [place, title] of [
    ['Reviewed', 'Approved by you, waiting for another approver:'],
    ['Others', 'For approvers of other groups; you can deny them:'],
    ['Own', 'Your own requests, for others to decide:'],
  ] as const) {
    const rows = at(inbox, place)
    if (rows.length > 0) io.print(`\n${title}\n${table(rows)}`)
  }
}

const EXPIRES = HEADINGS.indexOf('EXPIRES')

/** A row of a request that no longer waits for the caller: what became of it stands where the time to decide was. */
const decidedRow = (row: readonly string[], phase: string): readonly string[] => row.map((cell, column) => (column === EXPIRES ? phase : cell))

/** Watches after the list: prints a row for each new request, and its row again when it is decided. Runs until the process ends. */
async function follow(io: IO, inbox: InboxRows, { sort, format }: { readonly sort: Sort; readonly format: ListingFormat }): Promise<never> {
  const cells = createCells(io, format === 'wide')
  const cellsOf = (request: AccessRequest): readonly string[] => cells(inboxRowOf(request, 'Mine'))
  const width = format === 'wide' ? undefined : io.width
  const shown = new Set(at(inbox, 'Mine').map(({ name }) => name))
  return await watchInbox(io, inbox.resourceVersion, async (request) => {
    const { name } = request.metadata
    if (!shown.has(name) && (await sort(request)) === 'mine') {
      shown.add(name)
      if (format === 'name') io.print(`${shortName(request)}\n`)
      else io.print(columns(cellsOf(request), [], width))
    } else if (shown.has(name) && (await sort(request)) === undefined) {
      shown.delete(name)
      const phase = requestPhase(request.status, io.clock.nowMs())
      if (format === 'name') io.note(`${shortName(request)} ${phase.toLowerCase()}`)
      else io.print(columns(decidedRow(cellsOf(request), phase), [], width))
    }
  })
}

/** Prints whole objects for programs, which rows are not. */
async function printRequests(io: IO, format: 'json' | 'yaml', namespace: string | undefined): Promise<void> {
  const { mine: items, resourceVersion } = await readInbox(io, namespace)
  // Loads the library for YAML, which takes longer to load than everything else here.
  const { printObjects } = await import('../../terminal/listing.ts')
  printObjects(io, format, { kind: 'AccessRequest', items, resourceVersion })
}

async function printRows(io: IO, format: 'wide' | 'name' | undefined, inbox: InboxRows): Promise<void> {
  if (format !== 'name') return await printTable(io, inbox, format === 'wide')
  io.print(
    at(inbox, 'Mine')
      .map(({ name }) => `${shortName({ metadata: { name } })}\n`)
      .join(''),
  )
}

async function printNotes(io: IO): Promise<void> {
  const notes = await Promise.all([suspensionNotes(io), openReviewNotes(io)])
  for (const note of notes.flat()) io.note(note)
}

/** `kubectl certify`: lists the requests that wait for the caller. @throws CommandError, KubectlError */
export async function certifyInbox(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const format = listingFormatOf(lastOf(flags, 'output'))
  const watching = switchedOn(flags, 'watch')
  const namespace = lastOf(flags, 'namespace')
  if (format === 'json' || format === 'yaml') {
    if (watching) throw usage('--watch prints a table or names', 'leave out --output, or use --output=name')
    await Promise.all([printRequests(io, format, namespace), printNotes(io)])
    return EXIT.granted
  }
  const [inbox] = await Promise.all([readInboxRows(io, namespace), printNotes(io)])
  await printRows(io, format, inbox)
  if (watching) await follow(io, inbox, { sort: await createSort(io, namespace), format })
  return EXIT.granted
}
