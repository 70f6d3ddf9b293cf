import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest, RequestPhase } from '../../../domain/api/access-request.ts'
import { riskIn } from '../../../domain/api/approvals/risk.ts'
import { GRANTS_PATH, REQUESTS_PATH } from '../../../domain/api/names.ts'
import { decidersOf, endedMs, grantFate, isDecidedBy, phaseOf, reasonOf } from '../../../domain/explain/past-request.ts'
import { cut } from '../../../domain/format/cut.ts'
import { formatAsk } from '../../../domain/format/request.ts'
import { fieldSelectorOf } from '../../../domain/selectors/field-selector.ts'
import { createFirstOf } from '../first-of.ts'
import type { UserClient } from '../impersonate.ts'
import { listSome } from '../list-some.ts'
import { readingOf } from '../part-reading.ts'

/** One request that was decided or ended. Its texts are cut, so that thousands of rows fit into memory. */
export type HistoryRow = {
  readonly name: string
  readonly requester: string
  readonly policy: string
  readonly risk: string
  readonly outcome: RequestPhase
  readonly created: string
  readonly ended: string
  readonly decidedBy: readonly string[]
  readonly access: string
  readonly reason: string
  readonly grant: string
  /** What became of the grant. Empty without one. */
  readonly grantEnd: string
}

/** `left`: rows that match and are older than those here. `isPartial`: there are requests that were not read at all. */
export type History = { readonly rows: readonly HistoryRow[]; readonly left: number; readonly isPartial: boolean }

export type Selected = {
  readonly requester: string
  readonly policy: string
  readonly outcome: RequestPhase | undefined
  /** Only requests that this user reviewed. Undefined for all. */
  readonly decidedBy: string | undefined
  readonly sinceMs: number
  readonly nowMs: number
  /** Rows that are kept, the newest. */
  readonly most: number
}

/** Requests, and grants, that are read. */
const MAX_READ = 20_000
const MAX_TEXT = 500

const orNone = (text: string): string | undefined => (text === '' ? undefined : text)

/** A request whose end is not known is not selected: the comparison with NaN is false. */
function isSelected(
  request: AccessRequest,
  { phase, ended }: { readonly phase: RequestPhase; readonly ended: number },
  { outcome, decidedBy, sinceMs }: Selected,
): boolean {
  if (phase === 'Pending' || !(ended >= sinceMs)) return false
  return (outcome === undefined || phase === outcome) && (decidedBy === undefined || isDecidedBy(request, decidedBy))
}

function rowOf(request: AccessRequest, selected: Selected): HistoryRow | undefined {
  const phase = phaseOf(request, selected.nowMs)
  const ended = endedMs(request, phase)
  if (!isSelected(request, { phase, ended }, selected)) return undefined
  const { metadata, spec, status } = request
  return {
    name: metadata.name,
    requester: spec.requester?.username ?? '?',
    policy: spec.policy ?? '?',
    risk: riskIn(status),
    outcome: phase,
    created: metadata.creationTimestamp ?? '',
    ended: new Date(ended).toISOString(),
    decidedBy: decidersOf(request),
    access: cut(formatAsk(request), MAX_TEXT),
    reason: cut(reasonOf(request, phase), MAX_TEXT),
    grant: status?.grantName ?? '',
    grantEnd: grantFate({ request, grant: undefined }, selected.nowMs),
  }
}

const newestFirst = (one: HistoryRow, other: HistoryRow): number =>
  one.ended === other.ended ? (one.name < other.name ? -1 : 1) : one.ended > other.ended ? -1 : 1

/** What became of the grants, by name. Nothing when the user may not list them. */
async function endsOf(client: UserClient, rows: readonly HistoryRow[], selected: Selected): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(rows.map(({ grant }) => grant).filter((name) => name !== ''))
  if (wanted.size === 0) return new Map()
  const keep = (grant: AccessGrant): readonly [string, string] | undefined =>
    wanted.has(grant.metadata.name) ? [grant.metadata.name, cut(grantFate({ request: {}, grant }, selected.nowMs), MAX_TEXT)] : undefined
  const fieldSelector = fieldSelectorOf({ 'spec.subject.username': orNone(selected.requester), 'spec.policy': orNone(selected.policy) })
  const reading = await readingOf(listSome(client, GRANTS_PATH, { most: MAX_READ, fieldSelector, keep }))
  return new Map(reading.is === 'there' ? reading.value.items : [])
}

/** The requests that were decided or ended and that the user sees, newest first. @throws StatusError */
export async function readHistory(client: UserClient, selected: Selected): Promise<History> {
  const { requester, policy, most } = selected
  const newest = createFirstOf<HistoryRow>(most, newestFirst)
  const { isPartial } = await listSome<AccessRequest, never>(client, REQUESTS_PATH, {
    most: MAX_READ,
    fieldSelector: fieldSelectorOf({ 'spec.requester.username': orNone(requester), 'spec.policy': orNone(policy) }),
    keep: (request) => {
      const row = rowOf(request, selected)
      if (row !== undefined) newest.add([row])
      return undefined
    },
  })
  const ends = await endsOf(client, newest.kept(), selected)
  const rows = newest.kept().map((row) => ({ ...row, grantEnd: ends.get(row.grant) ?? row.grantEnd }))
  return { rows, left: newest.left(), isPartial }
}
