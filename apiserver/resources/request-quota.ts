import { createHash } from 'node:crypto'
import { requestPhase } from '../../domain/access-request.ts'
import type { AccessPolicy } from '../../domain/access-policy.ts'
import type { CauseReason } from '../../domain/cause-reasons.ts'
import { withTokenGroups } from '../../domain/identity.ts'
import { governs } from '../../domain/policy/governs.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Context, KubeObject } from '../machinery/kind.ts'
import { fromEntry } from '../machinery/object.ts'
import type { JsonObject, Store, Write } from '../storage/port.ts'
import { accountOf } from './requester.ts'
import { asPolicy, asRequest } from './typed.ts'

const DEFAULTS = { maxPending: 30, perHour: 120 } as const
const HOUR_MS = 3_600_000
/** kubectl waits for as long as it is told, ten times, before it shows the message. The message names the whole time. */
const MAX_RETRY_AFTER_SECONDS = 15

/** What one requester has asked for lately: no kind of the API. It is written with each request, so that two at once cannot both pass. */
export const USAGE = 'requestusage'
type Use = { readonly name: string; readonly atMs: number; readonly untilMs: number }

/** Of all policies that govern the requester the strictest. */
function limitsOf(policies: readonly AccessPolicy[]): { readonly maxPending: number; readonly perHour: number } {
  const least = (field: 'maxPending' | 'perHour'): number => Math.min(...policies.map(({ spec }) => spec.requests?.[field] ?? DEFAULTS[field]))
  return policies.length === 0 ? DEFAULTS : { maxPending: least('maxPending'), perHour: least('perHour') }
}

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

/** The uses that still count for anything. */
export const usesThatCount = (uses: readonly Use[], nowMs: number): readonly Use[] =>
  uses.filter(({ atMs, untilMs }) => atMs > nowMs - HOUR_MS || untilMs > nowMs)

async function isPending(store: Store, { name, untilMs }: Use, nowMs: number): Promise<boolean> {
  if (untilMs <= nowMs) return false
  const entry = await store.get('accessrequests', name)
  return entry !== undefined && requestPhase(asRequest(fromEntry(entry)).status, nowMs) === 'Pending'
}

/**
 * Checks how much a requester asks for, whoever it is, and gives the write that counts this request. The bound is the requester's
 * own: nobody else's requests count. What is deleted still counts for the hour.
 * @throws StatusError TooManyRequests
 */
export async function countRequest(
  { store, cluster }: { readonly store: Store; readonly cluster?: string },
  object: KubeObject,
  { user, nowMs }: Context,
): Promise<Write> {
  const identity = withTokenGroups(user)
  const { entries } = await store.list('accesspolicies')
  const limits = limitsOf(entries.map((entry) => asPolicy(fromEntry(entry))).filter((policy) => governs(policy, identity, cluster)))
  const requester = accountOf(user.username)
  const name = createHash('sha256').update(requester).digest('hex')
  const stored = await store.get(USAGE, name)
  const uses = usesThatCount(usesOf(stored?.value), nowMs)

  const lately = uses.filter(({ atMs }) => atMs > nowMs - HOUR_MS)
  if (lately.length >= limits.perHour) {
    const waitMs = (lately.at(-limits.perHour)?.atMs ?? nowMs) + HOUR_MS - nowMs
    const message = `"${user.username}" has made ${lately.length} requests in the last hour, and its policy allows ${limits.perHour}; the next is possible in ${minutes(waitMs)}`
    throw tooMany('TooManyThisHour', message, waitMs)
  }
  const pending: Use[] = []
  for (const use of uses) if (await isPending(store, use, nowMs)) pending.push(use)
  if (pending.length >= limits.maxPending) {
    const waitMs = Math.min(...pending.map(({ untilMs }) => untilMs)) - nowMs
    const message = `"${user.username}" has ${pending.length} requests that nobody has decided yet, and its policy allows ${limits.maxPending}; the next is possible when one is decided or withdrawn, or in ${minutes(waitMs)}`
    throw tooMany('TooManyPending', message, waitMs)
  }
  const untilMs = Date.parse(asRequest(object).status?.expiresAt ?? '')
  const use: Use = { name: object.metadata.name, atMs: nowMs, untilMs: Number.isNaN(untilMs) ? nowMs : untilMs }
  // What is decided counts for the hour alone.
  const kept = uses.filter((each) => pending.includes(each) || lately.includes(each))
  return { resource: USAGE, name, expected: stored?.version ?? 0, value: { requester, uses: [...kept, use] } as unknown as JsonObject }
}
