import type { AccessSession, AccessSessionStatus } from '../../../domain/api/access-session.ts'
import { formatDuration } from '../../../domain/format/duration.ts'

const NOTHING = {
  requests: 0,
  refused: 0,
  unrecorded: 0,
  held: 0,
  streams: 0,
  policies: [],
  grants: [],
  accessRequests: [],
  terminals: [],
  gateways: [],
  truncated: [],
} as const satisfies AccessSessionStatus

export type Did = AccessSessionStatus & Required<Pick<AccessSessionStatus, keyof typeof NOTHING>>

/** What the agent did. A list or a number that is absent counts as empty. */
export const didIn = ({ status }: AccessSession): Did => ({ ...NOTHING, ...status })

const counted = (count: number, one: string, many: string): readonly string[] => (count === 0 ? [] : [`${count} ${count === 1 ? one : many}`])

/** `12 requests, 2 refused, 1 terminal` */
export function countsOf(session: AccessSession): string {
  const { requests, refused, unrecorded, held, streams, terminals, moreTerminals = 0 } = didIn(session)
  return [
    `${requests} ${requests === 1 ? 'request' : 'requests'}`,
    ...counted(refused, 'refused', 'refused'),
    ...counted(unrecorded, 'more refused and only counted', 'more refused and only counted'),
    ...counted(held, 'hold', 'holds'),
    ...counted(streams, 'stream', 'streams'),
    ...counted(terminals.length + moreTerminals, 'terminal', 'terminals'),
  ].join(', ')
}

export const lastedOf = ({ status }: AccessSession): string =>
  formatDuration(Math.round((Date.parse(status?.lastActivityAt ?? '') - Date.parse(status?.startedAt ?? '')) / 1000) || 0)

export const agentOf = ({ spec }: AccessSession): string => (spec.username === '' ? 'Unknown agent' : spec.username)
