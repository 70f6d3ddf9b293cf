import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { MAX_DELIVERIES, type Delivery, type NotificationEvent, type Told } from '../../../domain/api/notifications/notification.ts'

/** What channels were told: the status of the requests, and what this process did that the informer does not show yet. */
export type ToldMemory = {
  /** Of one request and channel. */
  of(request: AccessRequest, channel: string): Delivery | undefined
  /** All of a request, for its status: as many as that may have. */
  all(request: AccessRequest): readonly Delivery[]
  /** `message`: the identifier of the message, if the channel returned one. */
  add(request: AccessRequest, channel: string, told: Told & { readonly message?: string }): void
  /** The informer shows a newer status: what is in it is not kept in memory as well. */
  stored(request: AccessRequest): void
  forget(request: AccessRequest): void
}

const keyOf = ({ metadata }: AccessRequest): string => metadata.uid ?? metadata.name

function merged(stored: Delivery | undefined, own: Delivery | undefined): Delivery | undefined {
  if (stored === undefined || own === undefined) return own ?? stored
  const known = new Set(stored.events.map(({ event }) => event))
  const message = own.message ?? stored.message
  return {
    channel: stored.channel,
    events: [...stored.events, ...own.events.filter(({ event }) => !known.has(event))],
    ...(message === undefined ? {} : { message }),
  }
}

/** Whether the status says all that this process knows. */
function holdsAll(stored: Delivery | undefined, own: Delivery): boolean {
  const known = eventsToldOf(stored)
  return stored?.message === own.message && own.events.every(({ event }) => known.has(event))
}

export const eventsToldOf = (delivery: Delivery | undefined): ReadonlySet<NotificationEvent> =>
  new Set((delivery?.events ?? []).map(({ event }) => event))

/** Keeps what was told until the informer shows it, so that a status that could not be written does not repeat a message. */
export function createToldMemory(): ToldMemory {
  const own = new Map<string, Map<string, Delivery>>()
  const of = (request: AccessRequest, channel: string): Delivery | undefined =>
    merged(
      request.status?.notifications?.find((each) => each.channel === channel),
      own.get(keyOf(request))?.get(channel),
    )
  return {
    of,
    all: (request) => {
      const channels = new Set([...(request.status?.notifications ?? []).map(({ channel }) => channel), ...(own.get(keyOf(request))?.keys() ?? [])])
      return [...channels].slice(0, MAX_DELIVERIES).flatMap((channel) => of(request, channel) ?? [])
    },
    add: (request, channel, { message, ...told }) => {
      const before = of(request, channel)
      const kept = message ?? before?.message
      const byChannel = own.get(keyOf(request)) ?? new Map<string, Delivery>()
      byChannel.set(channel, { channel, events: [...(before?.events ?? []), told], ...(kept === undefined ? {} : { message: kept }) })
      own.set(keyOf(request), byChannel)
    },
    stored: (request) => {
      const byChannel = own.get(keyOf(request))
      if (byChannel === undefined) return
      for (const delivery of request.status?.notifications ?? []) {
        const mine = byChannel.get(delivery.channel)
        if (mine !== undefined && holdsAll(delivery, mine)) byChannel.delete(delivery.channel)
      }
      if (byChannel.size === 0) own.delete(keyOf(request))
    },
    forget: (request) => void own.delete(keyOf(request)),
  }
}
