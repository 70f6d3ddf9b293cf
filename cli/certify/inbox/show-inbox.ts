import { stringify } from 'yaml'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { approvalsOf } from '../../../domain/api/approvals.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import { columns } from '../../terminal/columns.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { createPolicies, createSort, readInbox, type Inbox, type Sort } from './inbox.ts'
import { shortName } from '../../terminal/output.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { riskOfRequest } from '../decisions/risk-of-request.ts'
import { formatAge, formatAsk, formatLeft, formatLimits } from '../../format/request.ts'
import { noteOpenReviews } from '../break-glass/open-reviews.ts'
import { noteSuspensions } from '../suspend/in-force.ts'
import { watchInbox } from './watch-inbox.ts'
import type { IO } from '../../terminal/io.ts'

const FORMATS = ['wide', 'json', 'yaml', 'name'] as const
type InboxFormat = (typeof FORMATS)[number] | undefined

function inboxFormat(value: string | undefined): InboxFormat {
  if (value === undefined || value === '') return undefined
  const found = FORMATS.find((format) => format === value)
  if (found === undefined) throw usage(`--output=${value}: must be one of ${FORMATS.join(', ')}`)
  return found
}

const HEADINGS = ['NAME', 'REQUESTER', 'RISK', 'LIMITS', 'AGE', 'EXPIRES', 'REQUESTED'] as const
const WIDE = ['POLICY', 'REVIEWS', 'REASON (UNPROVEN)'] as const

type Rows = (requests: readonly AccessRequest[]) => Promise<readonly (readonly string[])[]>

const wideCells = (request: AccessRequest): readonly string[] => {
  const { given, required } = approvalsOf(request)
  return [request.spec.policy ?? '?', `${given}/${required ?? '?'}`, request.spec.reason ?? '']
}

/** Rows for people. Text that an agent may have written is made safe by `columns`. */
function createRows(io: IO, wide: boolean): Rows {
  const policyOf = createPolicies(io)
  const row = async (request: AccessRequest): Promise<readonly string[]> => {
    const { metadata, spec, status } = request
    const nowMs = io.clock.nowMs()
    const policy = await policyOf(spec.policy)
    return [
      metadata.name,
      spec.requester?.username ?? '?',
      riskOfRequest(request, policy),
      formatLimits(spec),
      formatAge(metadata.creationTimestamp, nowMs),
      formatLeft(status?.expiresAt, nowMs),
      formatAsk(request),
      ...(wide ? wideCells(request) : []),
    ]
  }
  return (requests) => Promise.all(requests.map(row))
}

async function printTable(io: IO, inbox: Inbox, wide: boolean): Promise<void> {
  const rows = createRows(io, wide)
  const headings = wide ? [...HEADINGS, ...WIDE] : HEADINGS
  if (inbox.mine.length === 0) io.note('Nothing waits for you.')
  else io.print(columns(headings, await rows(inbox.mine)))
  for (const [requests, title] of [
    [inbox.reviewed, 'Approved by you, waiting for another approver:'],
    [inbox.own, 'Your own requests, for others to decide:'],
  ] as const) {
    if (requests.length > 0) io.print(`\n${title}\n${columns(headings, await rows(requests))}`)
  }
}

function printList(io: IO, format: 'json' | 'yaml', { mine, resourceVersion }: Inbox): void {
  const list = { apiVersion: API_VERSION, kind: 'AccessRequestList', metadata: { resourceVersion }, items: mine }
  io.print(format === 'json' ? `${JSON.stringify(list, null, 4)}\n` : stringify(list, { aliasDuplicateObjects: false }))
}

async function printInbox(io: IO, inbox: Inbox, format: InboxFormat): Promise<void> {
  if (format === 'json' || format === 'yaml') printList(io, format, inbox)
  else if (format === 'name') io.print(inbox.mine.map((request) => `${shortName(request)}\n`).join(''))
  else await printTable(io, inbox, format === 'wide')
}

/** Watches after the list: prints a line for each new request and one when it is decided. Runs until the process ends. */
async function follow(io: IO, inbox: Inbox, { sort, format }: { readonly sort: Sort; readonly format: InboxFormat }): Promise<never> {
  const rows = createRows(io, format === 'wide')
  const shown = new Set(inbox.mine.map(({ metadata }) => metadata.name))
  return await watchInbox(io, inbox.resourceVersion, async (request) => {
    const { name } = request.metadata
    if (!shown.has(name) && (await sort(request)) === 'mine') {
      shown.add(name)
      if (format === 'name') io.print(`${shortName(request)}\n`)
      else io.print(columns((await rows([request]))[0] ?? [], []))
    } else if (shown.has(name) && (await sort(request)) === undefined) {
      shown.delete(name)
      io.note(`${shortName(request)} ${requestPhase(request.status, io.clock.nowMs()).toLowerCase()}`)
    }
  })
}

/** `kubectl certify`: lists the requests that wait for the caller. @throws CommandError, KubectlError */
export async function certifyInbox(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const format = inboxFormat(lastOf(flags, 'output'))
  const watching = switchedOn(flags, 'watch')
  if (watching && (format === 'json' || format === 'yaml')) throw usage('--watch prints a table or names', 'leave out --output, or use --output=name')
  const sort = await createSort(io, lastOf(flags, 'namespace'))
  const inbox = await readInbox(io, sort)
  await noteSuspensions(io)
  await noteOpenReviews(io)
  await printInbox(io, inbox, format)
  if (watching) await follow(io, inbox, { sort, format })
  return EXIT.granted
}
