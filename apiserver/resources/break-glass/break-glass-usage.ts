import { createHash } from 'node:crypto'
import { formatReviewers, isOpenReview } from '../../../domain/api/break-glass/review.ts'
import { keysOfUser, type Identity } from '../../../domain/identity.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { StoredEntry, JsonObject, Store, Write } from '../../storage/port.ts'
import { asBreakGlassReview } from '../typed.ts'

/**
 * Store resource for the uses of break-glass, not a kind of the API. Each name and UID of a user has an entry with its last review, and each policy has
 * one with the uses of all its users. They are written in the same commit as the grant, so that of two concurrent requests of one user only one gets a
 * grant, also under two names, and that a policy gives no more than its total.
 */
export const BREAK_GLASS_USAGE = 'breakglassusage'
export const REVIEWS = 'breakglassreviews'
const DAY_MS = 86_400_000
const MAX_RETRY_AFTER_SECONDS = 15

/** What all users of a policy may get in 24 hours. */
type Total = { readonly policy: string; readonly totalPerDay: number }
type Usage = { readonly review: string; readonly times: readonly number[] }
const usageOf = (value: JsonObject | undefined): Usage => (value ?? { review: '', times: [] }) as unknown as Usage

/** The uses of the last 24 hours. */
const lately = ({ times }: Usage, nowMs: number): readonly number[] => times.filter((atMs) => atMs > nowMs - DAY_MS)

const details = { group: 'jit.access', kind: 'accessrequests' } as const

/** Whether a review is stored and not decided. */
async function openReview(store: Store, name: string) {
  const entry = name === '' ? undefined : await store.get(REVIEWS, name)
  const review = entry === undefined ? undefined : asBreakGlassReview(fromEntry(entry))
  return review !== undefined && isOpenReview(review) ? review : undefined
}

/** Whether the entry no longer matters: its review is decided, and no use is recent. */
export async function isUsageOver(store: Store, { value }: StoredEntry, nowMs: number): Promise<boolean> {
  const usage = usageOf(value)
  return lately(usage, nowMs).length === 0 && (await openReview(store, usage.review)) === undefined
}

async function checkReviewed(store: Store, { review: name }: Usage): Promise<void> {
  const review = await openReview(store, name)
  if (review === undefined) return
  throw new StatusError(
    'Forbidden',
    `accessrequests.jit.access is forbidden: your last use of break-glass is not reviewed yet; review "${name}" is for ${formatReviewers(review.spec)}: kubectl certify review ${name}. Until then, request the access without break-glass`,
    { details: { ...details, causes: [{ reason: 'BreakGlassUnreviewed', message: name, field: 'spec.breakGlass' }] } },
  )
}

type Allowance = { readonly who: string; readonly allows: string; readonly most: number; readonly nowMs: number }

function checkDay(times: readonly number[], { who, allows, most, nowMs }: Allowance): void {
  if (times.length < most) return
  const waitMs = (times.at(-most) ?? nowMs) + DAY_MS - nowMs
  const message = `${who} used break-glass ${times.length} times in the last 24 hours, and ${allows} ${most}; request the access without break-glass`
  throw new StatusError('TooManyRequests', `accessrequests.jit.access: ${message}`, {
    details: {
      ...details,
      causes: [{ reason: 'TooManyBreakGlass', message, field: 'spec.breakGlass' }],
      retryAfterSeconds: Math.max(1, Math.min(Math.ceil(waitMs / 1000), MAX_RETRY_AFTER_SECONDS)),
    },
  })
}

const entryName = (key: string): string => createHash('sha256').update(key).digest('hex')
/** Never the entry of a user, which is a digest alone. */
const policyEntryName = (policy: string): string => `policy-${entryName(policy)}`

/** The write that counts a use of any user of a policy. @throws StatusError TooManyRequests */
async function countForPolicy(store: Store, { policy, totalPerDay }: Total, nowMs: number): Promise<Write> {
  const name = policyEntryName(policy)
  const stored = await store.get(BREAK_GLASS_USAGE, name)
  const times = lately(usageOf(stored?.value), nowMs)
  checkDay(times, { who: `the users of policy "${policy}" have`, allows: 'it allows', most: totalPerDay, nowMs })
  return { resource: BREAK_GLASS_USAGE, name, expected: stored?.version ?? 0, value: { review: '', times: [...times, nowMs] } }
}

/**
 * The writes that count a use under every name of the user, and for every policy.
 * @throws StatusError Forbidden while an earlier use is not reviewed, TooManyRequests after `perDay` uses of the user or `totalPerDay` of a policy
 */
export async function countBreakGlass(
  store: Store,
  use: { readonly user: Identity; readonly review: string; readonly perDay: number; readonly totals: readonly Total[]; readonly nowMs: number },
): Promise<readonly Write[]> {
  const { user, review, perDay, totals, nowMs } = use
  const writes: Write[] = []
  for (const key of keysOfUser(user)) {
    const name = entryName(key)
    const stored = await store.get(BREAK_GLASS_USAGE, name)
    const usage = usageOf(stored?.value)
    await checkReviewed(store, usage)
    const times = lately(usage, nowMs)
    checkDay(times, { who: `"${user.username}" has`, allows: 'its policy allows', most: perDay, nowMs })
    writes.push({ resource: BREAK_GLASS_USAGE, name, expected: stored?.version ?? 0, value: { review, times: [...times, nowMs] } })
  }
  for (const total of totals) writes.push(await countForPolicy(store, total, nowMs))
  return writes
}
