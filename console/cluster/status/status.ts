import { expiryOf, grantEndMs, isLiveOrUpcoming, type AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { BREAK_GLASS_REVIEWS_PATH, CHANNELS_PATH, GRANTS_PATH, POLICIES_PATH } from '../../../domain/api/names.ts'
import type { NotificationChannel } from '../../../domain/api/notifications/notification-channel.ts'
import { channelFindings, channelNames, NO_CHANNEL } from '../../../domain/doctor/channel-findings.ts'
import { good, unknown, warning, type Finding, type Section } from '../../../domain/doctor/finding.ts'
import { policyPermissions, policyReadiness } from '../../../domain/doctor/policy-findings.ts'
import { reviewFindings } from '../../../domain/doctor/review-findings.ts'
import { suspensionFindings } from '../../../domain/doctor/suspension-findings.ts'
import { cut } from '../../../domain/format/cut.ts'
import { formatAsk, formatLeft } from '../../../domain/format/request.ts'
import { MAX_POLICIES } from '../agents/agents.ts'
import { readSuspensions } from '../agents/suspensions.ts'
import { createFirstOf } from '../first-of.ts'
import type { UserClient } from '../impersonate.ts'
import { listSome, listWhole, type Some } from '../list-some.ts'
import { readingOf, type PartReading } from '../part-reading.ts'

const MAX_READ = 2000
const MAX_GRANTS = 10_000
/** Grants that end in this time are listed, the first of them. */
const SOON_MS = 3600_000
const MAX_ENDING = 50
const MAX_TEXT = 200

const AS_ADMIN = 'kubectl certify doctor'

const unread = (what: string, why: string): Finding => unknown(`${what} cannot be read: ${why}`, AS_ADMIN)
const andMore = <T>({ isPartial }: Some<T>, what: string): readonly Finding[] =>
  isPartial ? [unknown(`there are more ${what} than this page reads`, AS_ADMIN)] : []

function ofPolicies(policies: PartReading<Some<AccessPolicy>>): readonly Finding[] {
  if (policies.is === 'unreadable') return [unread('AccessPolicies', policies.why)]
  const { items } = policies.value
  if (items.length === 0) return [warning('there is no AccessPolicy, so every agent is refused')]
  return [...items.flatMap((policy) => [policyReadiness(policy), ...policyPermissions(policy)]), ...andMore(policies.value, 'policies')]
}

/** A channel is read by few, so that policies without channels must not look unknown. */
function ofChannels(policies: PartReading<Some<AccessPolicy>>, channels: PartReading<Some<NotificationChannel>>): readonly Finding[] {
  if (policies.is === 'unreadable') return [unread('AccessPolicies', policies.why)]
  if (channelNames(policies.value.items).length === 0) return [NO_CHANNEL]
  if (channels.is === 'unreadable') return [unread('NotificationChannels', channels.why)]
  return [...channelFindings(policies.value.items, channels.value.items), ...andMore(channels.value, 'channels')]
}

async function ofGrants(client: UserClient, nowMs: number): Promise<readonly Finding[]> {
  type Ending = { readonly endMs: number; readonly text: string }
  const ending = createFirstOf<Ending>(MAX_ENDING, (one, other) => one.endMs - other.endMs)
  let live = 0
  const reading = await readingOf(
    listSome<AccessGrant, never>(client, GRANTS_PATH, {
      most: MAX_GRANTS,
      keep: (grant) => {
        if (!isLiveOrUpcoming(grant, nowMs)) return undefined
        live += 1
        const endMs = grantEndMs(grant)
        const { name } = grant.metadata
        if (endMs - nowMs <= SOON_MS)
          ending.add([
            {
              endMs,
              text: `grant ${name} of ${grant.spec.subject.username} ends in ${formatLeft(expiryOf(grant), nowMs)}: ${cut(formatAsk(grant), MAX_TEXT)}`,
            },
          ])
        return undefined
      },
    }),
  )
  if (reading.is === 'unreadable') return [unread('AccessGrants', reading.why)]
  const soon = ending.kept().map(({ text }) => good(text))
  const more = ending.left() > 0 ? [good(`and ${ending.left()} more that end within an hour`)] : []
  return [good(`${live} live ${live === 1 ? 'grant' : 'grants'} that you can see`), ...soon, ...more, ...andMore(reading.value, 'grants')]
}

/** What objects of jit.access tell about the installation, in the user's name. @throws StatusError */
export async function readStatus(client: UserClient, nowMs: number): Promise<readonly Section[]> {
  const [policies, channels, suspensions, reviews, grants] = await Promise.all([
    readingOf(listWhole<AccessPolicy>(client, POLICIES_PATH, { most: MAX_POLICIES })),
    readingOf(listWhole<NotificationChannel>(client, CHANNELS_PATH, { most: MAX_READ })),
    readingOf(readSuspensions(client)),
    readingOf(listWhole<BreakGlassReview>(client, BREAK_GLASS_REVIEWS_PATH, { most: MAX_READ })),
    ofGrants(client, nowMs),
  ])
  return [
    { name: 'Policies', findings: ofPolicies(policies) },
    { name: 'Channels', findings: ofChannels(policies, channels) },
    {
      name: 'Suspensions',
      findings:
        suspensions.is === 'there'
          ? [...suspensionFindings(suspensions.value.items), ...andMore(suspensions.value, 'suspensions')]
          : [unread('AccessSuspensions', suspensions.why)],
    },
    {
      name: 'Break-glass',
      findings:
        reviews.is === 'there'
          ? [...reviewFindings(reviews.value.items, nowMs), ...andMore(reviews.value, 'reviews')]
          : [unread('BreakGlassReviews', reviews.why)],
    },
    { name: 'Grants', findings: grants },
  ]
}
