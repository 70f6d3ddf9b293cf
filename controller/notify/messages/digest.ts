import { createHash } from 'node:crypto'
import type { Message } from './message.ts'

/** Several events in one message, because there are too many for one message each. */
export type Digest = {
  readonly id: string
  readonly atMs: number
  readonly count: number
  readonly pending: number
  /** Requesters with the most events first, at most `MAX_NAMED`. */
  readonly requesters: readonly { readonly username: string; readonly count: number }[]
  readonly requesterCount: number
  /** The first ones, at most `MAX_NAMED`. */
  readonly first: readonly Message[]
  readonly url?: string
  readonly command: string
}

const MAX_NAMED = 5

/** @param messages at least one */
export function digestOf(messages: readonly Message[], atMs: number, consoleURL?: string): Digest {
  const counts = new Map<string, number>()
  for (const { requester } of messages) counts.set(requester, (counts.get(requester) ?? 0) + 1)
  const ids = createHash('sha256').update(messages.map(({ id }) => id).join('\n'))
  return {
    id: `digest/${ids.digest('hex').slice(0, 32)}`,
    atMs,
    count: messages.length,
    pending: messages.filter(({ phase }) => phase === 'Pending').length,
    requesters: [...counts]
      .map(([username, count]) => ({ username, count }))
      .toSorted((one, other) => other.count - one.count)
      .slice(0, MAX_NAMED),
    requesterCount: counts.size,
    first: messages.slice(0, MAX_NAMED),
    ...(consoleURL === undefined ? {} : { url: consoleURL.replace(/\/+$/, '') }),
    command: 'kubectl certify',
  }
}

export const digestTitle = ({ count, pending, requesterCount }: Digest): string =>
  `${count} access requests of ${requesterCount === 1 ? 'one requester' : `${requesterCount} requesters`}, ${pending} of them wait for a decision`

export const digestLines = ({ requesters, first, count }: Digest): readonly string[] => [
  ...requesters.map((each) => `${each.username}: ${each.count}`),
  ...first.map(({ request, event, risk, asks }) => `${event} ${request} (risk ${risk}): ${asks}`),
  ...(count > first.length ? [`and ${count - first.length} more`] : []),
]
