import { createHash } from 'node:crypto'
import type { NotificationMessage } from './message.ts'
import type { RequestMessage } from './request-message.ts'
import { titleOf } from './message-text.ts'

/** Several events in one message, because there are too many for one message each. */
export type Digest = {
  readonly id: string
  readonly atMs: number
  /** Events of all kinds. */
  readonly count: number
  /** Events of policies. */
  readonly policies: number
  readonly pending: number
  /** Requesters with the most events first, at most `MAX_NAMED`. */
  readonly requesters: readonly { readonly username: string; readonly count: number }[]
  readonly requesterCount: number
  /** The first ones, at most `MAX_NAMED`. */
  readonly first: readonly NotificationMessage[]
  readonly url?: string
  readonly command: string
}

const MAX_NAMED = 5

export const isAboutRequest = (message: NotificationMessage): message is RequestMessage => message.kind === 'AccessRequest'

/** @param messages at least one */
export function digestOf(messages: readonly NotificationMessage[], atMs: number, consoleURL?: string): Digest {
  const requests = messages.filter(isAboutRequest)
  const counts = new Map<string, number>()
  for (const { requester } of requests) counts.set(requester, (counts.get(requester) ?? 0) + 1)
  const ids = createHash('sha256').update(messages.map(({ id }) => id).join('\n'))
  return {
    id: `digest/${ids.digest('hex').slice(0, 32)}`,
    atMs,
    count: messages.length,
    policies: messages.length - requests.length,
    pending: requests.filter(({ phase }) => phase === 'Pending').length,
    requesters: [...counts]
      .map(([username, count]) => ({ username, count }))
      .toSorted((one, other) => other.count - one.count)
      .slice(0, MAX_NAMED),
    requesterCount: counts.size,
    first: messages.slice(0, MAX_NAMED),
    ...(consoleURL === undefined ? {} : { url: consoleURL.replace(/\/+$/, '') }),
    command: requests.length === 0 ? 'kubectl get accesspolicies' : 'kubectl certify',
  }
}

export function digestTitle({ count, policies, pending, requesterCount }: Digest): string {
  const who = requesterCount === 1 ? 'one requester' : `${requesterCount} requesters`
  const requests = `${count - policies} access requests of ${who}, ${pending} of them wait for a decision`
  const broken = `${policies} policies cannot work, or can work again`
  if (policies === 0) return requests
  return policies === count ? broken : `${requests}; ${broken}`
}

const lineOf = (message: NotificationMessage): string =>
  isAboutRequest(message) ? `${message.event} ${message.name} (risk ${message.risk}): ${message.asks}` : titleOf(message)

export const digestLines = ({ requesters, first, count }: Digest): readonly string[] => [
  ...requesters.map((each) => `${each.username}: ${each.count}`),
  ...first.map(lineOf),
  ...(count > first.length ? [`and ${count - first.length} more`] : []),
]
