import { LRUCache } from 'lru-cache'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import type { CauseReason } from '../../../domain/cause-reasons.ts'
import { withTokenGroups, type Identity } from '../../../domain/identity.ts'
import { governs } from '../../../domain/policy/governs.ts'
import { strictestLimits, type RequestLimits } from '../../../domain/policy/request-limits.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store, Write } from '../../storage/port.ts'
import { asPolicy } from '../typed.ts'
import { alreadyPending, equalOf, stillOpen } from './open-requests.ts'
import { asksOf, HOUR_MS, readUsage, USAGE, usageName, writeUsage, type Open, type Usage } from './request-usage.ts'

/** Upper limit of Retry-After: kubectl retries ten times after this delay before it shows the message. The message has the full time. */
const MAX_RETRY_AFTER_SECONDS = 15
/** Requesters at their limit whose pending requests are not read again while nothing is written. */
const MAX_FULL = 512

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

type Asking = { readonly limits: RequestLimits; readonly user: Identity; readonly nowMs: number }

function checkHour({ times }: Usage, { limits: { perHour }, user: { username }, nowMs }: Asking): void {
  if (times.length < perHour) return
  const waitMs = (times.at(-perHour) ?? nowMs) + HOUR_MS - nowMs
  const message = `"${username}" has made ${times.length} requests in the last hour, and its policy allows ${perHour}; the next is possible in ${minutes(waitMs)}`
  throw tooMany('TooManyThisHour', message, waitMs)
}

function checkPending(open: readonly Open[], { limits: { maxPending }, user: { username }, nowMs }: Asking): void {
  if (open.length < maxPending) return
  const waitMs = Math.min(...open.map(({ untilMs }) => untilMs)) - nowMs
  const message = `"${username}" has ${open.length} undecided requests, and its policy allows ${maxPending}; the next is possible when one is decided or withdrawn, or in ${minutes(waitMs)}`
  throw tooMany('TooManyPending', message, waitMs)
}

/** A name that is used again after a deletion is one request. */
function withRequest(open: readonly Open[], request: AccessRequest): readonly Open[] {
  const { name } = request.metadata
  const untilMs = Date.parse(request.status?.expiresAt ?? '')
  const others = open.filter((each) => each.name !== name)
  return Number.isNaN(untilMs) ? others : [...others, { name, untilMs, asks: asksOf(request) }]
}

export type QuotaDependencies = { readonly store: Store; readonly cluster?: string }

/** The strictest limits of all policies that govern the requester in the cluster of the request. */
async function limitsFor({ store, ...here }: QuotaDependencies, user: Identity, { spec }: AccessRequest): Promise<RequestLimits> {
  const identity = withTokenGroups(user)
  const cluster = spec.cluster ?? here.cluster
  const { entries } = await store.list('accesspolicies')
  return strictestLimits(entries.map((entry) => asPolicy(fromEntry(entry))).filter((policy) => governs(policy, identity, cluster)))
}

export type Quota = {
  /**
   * Checks the requester's quota and returns the write that counts this request. Only the requester's own requests count. Deleted requests still
   * count for the hour. @throws StatusError TooManyRequests; AlreadyExists when the requester already asks for the same
   */
  count(request: AccessRequest, context: RequestContext): Promise<Write>
}

/**
 * The quota of requesters. Most requests are counted from the requester's entry alone. The pending ones are read when the entry is full, to learn
 * which of them were decided; a requester that goes on at its limit is refused without reading them again until something changes.
 */
export function createQuota(deps: QuotaDependencies): Quota {
  const { store } = deps
  const full = new LRUCache<string, { readonly version: number; readonly untilMs: number; readonly open: readonly Open[] }>({ max: MAX_FULL })

  const openOf = async (name: string, { open }: Usage, { limits, user, nowMs }: Asking): Promise<readonly Open[]> => {
    if (open.length < limits.maxPending) return open
    const version = await store.current()
    const known = full.get(name)
    if (known !== undefined && known.version === version && nowMs < known.untilMs) return known.open
    const left = await stillOpen(store, open, { user, nowMs })
    full.set(name, { version, untilMs: Math.min(...left.map(({ untilMs }) => untilMs)), open: left })
    return left
  }

  return {
    count: async (request, { user, nowMs }) => {
      const asking = { limits: await limitsFor(deps, user, request), user, nowMs }
      const name = usageName(user.username)
      const stored = await store.get(USAGE, name)
      const usage = readUsage(stored?.value, nowMs)
      const equal = await equalOf(store, usage.open, { request, user, nowMs })
      if (equal !== undefined) throw alreadyPending(request, equal)
      checkHour(usage, asking)
      const times = [...usage.times, nowMs]
      const entry = { resource: USAGE, name, expected: stored?.version ?? 0 }
      // One that is decided already, as by break-glass, never waits.
      if (requestPhase(request.status, nowMs) !== 'Pending') return { ...entry, value: writeUsage(user.username, { ...usage, times }) }
      const open = await openOf(name, usage, asking)
      checkPending(open, asking)
      return { ...entry, value: writeUsage(user.username, { times, open: withRequest(open, request) }) }
    },
  }
}
