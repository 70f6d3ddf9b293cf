import { createHash, randomUUID } from 'node:crypto'
import { accountOf } from '../../../domain/identity.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { JsonObject, Store, Write } from '../../storage/port.ts'

/**
 * Store resource for the recent decisions about each requester, not a kind of the API. Each decision is an entry of its own, so that writing it never
 * conflicts. The name orders the entries of one requester by time.
 */
export const HISTORY = 'decisionhistory'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** Decisions that are read at most. More approvals in an hour count as too many to know. */
const MAX_READ = 1000
const PAGE = 50
/** Enough digits for any clock time, so that names sort by time. */
const TIME_DIGITS = 16

type Decided = 'approved' | 'denied'
type Past = { readonly policies: readonly string[]; readonly rules?: readonly string[] }

const prefixOf = (username: string, decided: Decided): string => `${createHash('sha256').update(accountOf(username)).digest('hex')}-${decided}-`
const timeText = (ms: number): string => String(Math.max(0, ms)).padStart(TIME_DIGITS, '0')

/** The write that remembers a decision. @param rules the rules that decided, as `POLICY/RULE`; none when approvers did */
export function remember(
  { spec, status }: AccessRequest,
  decided: Decided,
  { nowMs, rules = [] }: { readonly nowMs: number; readonly rules?: readonly string[] },
): Write {
  const policies = status?.policies ?? [spec.policy ?? '']
  const value: JsonObject = { policies, ...(rules.length === 0 ? {} : { rules }) }
  const name = `${prefixOf(spec.requester?.username ?? '', decided)}${timeText(nowMs)}-${randomUUID()}`
  return { resource: HISTORY, name, expected: 0, value }
}

/** The write that remembers the decision of an approver. None for an approval that others must follow. */
export function historyWrites(
  { request, grant }: { readonly request: AccessRequest; readonly grant?: AccessGrant },
  { type }: { readonly type: 'Approved' | 'Denied' | 'Withdrawn' },
  { nowMs }: { readonly nowMs: number },
): readonly Write[] {
  if (type === 'Denied') return [remember(request, 'denied', { nowMs })]
  return type === 'Approved' && grant !== undefined ? [remember(request, 'approved', { nowMs })] : []
}

/** Whether an entry is too old to count. */
export function isTooOld(name: string, nowMs: number): boolean {
  const atMs = Number(name.split('-')[2])
  return !(atMs > nowMs - DAY_MS)
}

/** The entries of one requester after a time. Those in the future count too: the clock may have been set back. */
async function entriesAfter(store: Store, prefix: string, afterMs: number): Promise<readonly Past[]> {
  const found: Past[] = []
  for (let after: string | undefined = `${prefix}${timeText(afterMs + 1)}`; after !== undefined && found.length < MAX_READ;) {
    const page: Awaited<ReturnType<Store['list']>> = await store.list(HISTORY, { after, limit: PAGE })
    const own = page.entries.filter(({ name }) => name.startsWith(prefix))
    found.push(...own.map(({ value }) => value as unknown as Past))
    after = own.length < page.entries.length ? undefined : page.after
  }
  return found
}

export type RequesterHistory = {
  /** Requests of the requester under a policy. */
  readonly counts: (policy: string) => { readonly approvedLastHour: number; readonly deniedLastDay: number }
  /** Requests that a rule, given as `POLICY/RULE`, approved in the last hour. Infinity when there are too many approvals to count. */
  readonly approvedBy: (rule: string) => number
}

const under = (entries: readonly Past[], policy: string): number => entries.filter(({ policies }) => policies.includes(policy)).length

/** What was decided about the requests of a user. */
export async function readHistory(store: Store, username: string, nowMs: number): Promise<RequesterHistory> {
  const approved = await entriesAfter(store, prefixOf(username, 'approved'), nowMs - HOUR_MS)
  const denied = await entriesAfter(store, prefixOf(username, 'denied'), nowMs - DAY_MS)
  return {
    counts: (policy) => ({ approvedLastHour: under(approved, policy), deniedLastDay: under(denied, policy) }),
    approvedBy: (rule) => (approved.length >= MAX_READ ? Infinity : approved.filter(({ rules = [] }) => rules.includes(rule)).length),
  }
}
