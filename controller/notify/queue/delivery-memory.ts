import type { ObjectMeta } from '../../../domain/api/object-meta.ts'
import { MAX_DELIVERIES, type Delivery, type DeliveryEvent, type DeliveryEventName } from '../../../domain/api/notifications/notification.ts'

/** An object that channels are told about: a request, a suspension or a policy. */
export type NotifiedObject = { readonly metadata: ObjectMeta; readonly status?: { readonly notifications?: readonly Delivery[] } | undefined }

/** What channels were told: the status of the objects, and what this process did that the informer does not show yet. */
export type DeliveryMemory = {
  /** Of one object and channel. */
  of(object: NotifiedObject, channel: string): Delivery | undefined
  /** All of an object, for its status: as many as that may have. */
  all(object: NotifiedObject): readonly Delivery[]
  /** `message`: the identifier of the message, if the channel returned one. */
  add(object: NotifiedObject, channel: string, event: DeliveryEvent & { readonly message?: string }): void
  /** The informer shows a newer status: what is in it is not kept in memory as well. */
  stored(object: NotifiedObject): void
  forget(object: NotifiedObject): void
}

const keyOf = ({ metadata }: NotifiedObject): string => metadata.uid ?? metadata.name

/** States of a policy, which come again and again. Only the last one counts. */
const STATES: ReadonlySet<DeliveryEventName> = new Set(['PolicyBroken', 'PolicyRepaired'])

function condensed(events: readonly DeliveryEvent[]): readonly DeliveryEvent[] {
  const states = events.filter(({ event }) => STATES.has(event)).toSorted((one, other) => one.time.localeCompare(other.time))
  return [...events.filter(({ event }) => !STATES.has(event)), ...states.slice(-1)]
}

function merged(stored: Delivery | undefined, own: Delivery | undefined): Delivery | undefined {
  if (stored === undefined || own === undefined) return own ?? stored
  const known = new Set(stored.events.map(({ event }) => event))
  const message = own.message ?? stored.message
  return {
    channel: stored.channel,
    events: condensed([...stored.events, ...own.events.filter(({ event }) => !known.has(event))]),
    ...(message === undefined ? {} : { message }),
  }
}

/** Whether the status says all that this process knows. */
function holdsAll(stored: Delivery | undefined, own: Delivery): boolean {
  const known = deliveredEventsOf(stored)
  return stored?.message === own.message && own.events.every(({ event }) => known.has(event))
}

export const deliveredEventsOf = (delivery: Delivery | undefined): ReadonlySet<DeliveryEventName> =>
  new Set((delivery?.events ?? []).map(({ event }) => event))

/** Keeps what was told until the informer shows it, so that a status that could not be written does not repeat a message. */
export function createDeliveryMemory(): DeliveryMemory {
  const own = new Map<string, Map<string, Delivery>>()
  const of = (object: NotifiedObject, channel: string): Delivery | undefined =>
    merged(
      object.status?.notifications?.find((each) => each.channel === channel),
      own.get(keyOf(object))?.get(channel),
    )
  return {
    of,
    all: (object) => {
      const channels = new Set([...(object.status?.notifications ?? []).map(({ channel }) => channel), ...(own.get(keyOf(object))?.keys() ?? [])])
      return [...channels].slice(0, MAX_DELIVERIES).flatMap((channel) => of(object, channel) ?? [])
    },
    add: (object, channel, { message, ...event }) => {
      const before = of(object, channel)
      const kept = message ?? before?.message
      const byChannel = own.get(keyOf(object)) ?? new Map<string, Delivery>()
      byChannel.set(channel, { channel, events: condensed([...(before?.events ?? []), event]), ...(kept === undefined ? {} : { message: kept }) })
      own.set(keyOf(object), byChannel)
    },
    stored: (object) => {
      const byChannel = own.get(keyOf(object))
      if (byChannel === undefined) return
      for (const delivery of object.status?.notifications ?? []) {
        const mine = byChannel.get(delivery.channel)
        if (mine !== undefined && holdsAll(delivery, mine)) byChannel.delete(delivery.channel)
      }
      if (byChannel.size === 0) own.delete(keyOf(object))
    },
    forget: (object) => void own.delete(keyOf(object)),
  }
}
