import { createHash } from 'node:crypto'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import type { CauseReason } from '../../../domain/cause-reasons.ts'
import { accountOf, sameUser, withTokenGroups, type Identity } from '../../../domain/identity.ts'
import { governs } from '../../../domain/policy/governs.ts'
import { strictestLimits, type Limits } from '../../../domain/policy/limits.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Context, KubeObject } from '../../machinery/kind.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { JsonObject, Store, Write } from '../../storage/port.ts'
import { refuseEqual } from './equal-pending.ts'
import { asPolicy, asRequest } from '../typed.ts'

const HOUR_MS = 3_600_000
/** Upper limit of Retry-After: kubectl retries ten times after this delay before it shows the message. The message has the full time. */
const MAX_RETRY_AFTER_SECONDS = 15

/**
 * Store resource for the recent requests of each requester, not a kind of the API. It is written in the same commit as the request, so that
 * concurrent requests cannot both pass the check.
 */
export const USAGE = 'requestusage'
type Use = { readonly name: string; readonly atMs: number; readonly untilMs: number }

function tooMany(reason: CauseReason, message: string, waitMs: number): StatusError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  const text = `accessrequests.jit.access: ${message}`
  return new StatusError('TooManyRequests', text, {
    details: {
      group: 'jit.access',
      kind: 'accessrequests',
      causes: [{ reason, message }],
      retryAfterSeconds: Math.min(seconds, MAX_RETRY_AFTER_SECONDS),
    },
  })
}

const minutes = (ms: number): string => `${Math.max(1, Math.ceil(ms / 60_000))} min`

export const usesOf = (value: JsonObject | undefined): readonly Use[] => (value?.['uses'] ?? []) as unknown as readonly Use[]

/** The entries that still count: made within the last hour, or possibly pending. */
export const usesThatCount = (uses: readonly Use[], nowMs: number): readonly Use[] =>
  uses.filter(({ atMs, untilMs }) => atMs > nowMs - HOUR_MS || untilMs > nowMs)

/** The request of a use, while it is pending. Another requester may have taken the name of a deleted one: that request is not meant. */
async function pendingOf(store: Store, { name, untilMs }: Use, { user, nowMs }: Context): Promise<AccessRequest | undefined> {
  if (untilMs <= nowMs) return undefined
  const entry = await store.get('accessrequests', name)
  const request = entry === undefined ? undefined : asRequest(fromEntry(entry))
  const { requester } = request?.spec ?? {}
  const isOwn = requester !== undefined && sameUser(user, requester)
  return isOwn && requestPhase(request?.status, nowMs) === 'Pending' ? request : undefined
}

/** The pending requests of these uses. A name that was used again after a deletion is one request. */
async function pendingAmong(store: Store, uses: readonly Use[], context: Context): Promise<ReadonlyMap<Use, AccessRequest>> {
  const pending = new Map<Use, AccessRequest>()
  for (const use of new Map(uses.map((each) => [each.name, each])).values()) {
    const request = await pendingOf(store, use, context)
    if (request !== undefined) pending.set(use, request)
  }
  return pending
}

type Counted = { readonly uses: readonly Use[]; readonly limits: Limits; readonly username: string; readonly nowMs: number }

function checkHour({ uses, limits: { perHour }, username, nowMs }: Counted): void {
  if (uses.length < perHour) return
  const waitMs = (uses.at(-perHour)?.atMs ?? nowMs) + HOUR_MS - nowMs
  const message = `"${username}" has made ${uses.length} requests in the last hour, and its policy allows ${perHour}; the next is possible in ${minutes(waitMs)}`
  throw tooMany('TooManyThisHour', message, waitMs)
}

function checkPending({ uses, limits: { maxPending }, username, nowMs }: Counted): void {
  if (uses.length < maxPending) return
  const waitMs = Math.min(...uses.map(({ untilMs }) => untilMs)) - nowMs
  const message = `"${username}" has ${uses.length} undecided requests, and its policy allows ${maxPending}; the next is possible when one is decided or withdrawn, or in ${minutes(waitMs)}`
  throw tooMany('TooManyPending', message, waitMs)
}

/** The strictest limits of all policies that govern the requester in the cluster of the request. */
async function limitsFor({ store, ...here }: QuotaDependencies, user: Identity, { spec }: AccessRequest): Promise<Limits> {
  const identity = withTokenGroups(user)
  const cluster = spec.cluster ?? here.cluster
  const { entries } = await store.list('accesspolicies')
  return strictestLimits(entries.map((entry) => asPolicy(fromEntry(entry))).filter((policy) => governs(policy, identity, cluster)))
}

function useOf(object: KubeObject, nowMs: number): Use {
  const untilMs = Date.parse(asRequest(object).status?.expiresAt ?? '')
  return { name: object.metadata.name, atMs: nowMs, untilMs: Number.isNaN(untilMs) ? nowMs : untilMs }
}

export type QuotaDependencies = { readonly store: Store; readonly cluster?: string }

/**
 * Checks the requester's quota and returns the write that counts this request. Only the requester's own requests count. Deleted requests
 * still count for the hour.
 * @throws StatusError TooManyRequests; AlreadyExists when the requester already asks for the same
 */
export async function countRequest(deps: QuotaDependencies, object: KubeObject, context: Context): Promise<Write> {
  const { store } = deps
  const { user, nowMs } = context
  const counted = { limits: await limitsFor(deps, user, asRequest(object)), username: user.username, nowMs }
  const requester = accountOf(user.username)
  const name = createHash('sha256').update(requester).digest('hex')
  const stored = await store.get(USAGE, name)
  const uses = usesThatCount(usesOf(stored?.value), nowMs)

  const pending = await pendingAmong(store, uses, context)
  refuseEqual(asRequest(object), [...pending.values()])
  const lately = uses.filter(({ atMs }) => atMs > nowMs - HOUR_MS)
  checkHour({ ...counted, uses: lately })
  // One that is decided already, as by break-glass, never waits.
  if (requestPhase(asRequest(object).status, nowMs) === 'Pending') checkPending({ ...counted, uses: [...pending.keys()] })
  // Decided requests count only for the hour.
  const kept = uses.filter((use) => pending.has(use) || lately.includes(use))
  const value = { requester, uses: [...kept, useOf(object, nowMs)] }
  return { resource: USAGE, name, expected: stored?.version ?? 0, value: value as unknown as JsonObject }
}
