import { isObject } from '../../domain/is-object.ts'
import { EVENTS, type RecordEvent } from '../../domain/record/events.ts'
import type { RecordedEvent } from '../../domain/record/replay.ts'
import { runSchema } from '../../domain/record/sessions/run-schema.ts'
import { checkEvent } from '../../domain/record/verify/check-event.ts'
import { compileSchema } from '../../server/schema/compile.ts'
import type { EventPage, KeyedEvent, RunPage } from '../../server/records/sessions/source.ts'

const word = { type: 'string', minLength: 1, maxLength: 255 } as const

const isRunPage = compileSchema<RunPage>('first-error', {
  type: 'object',
  additionalProperties: false,
  required: ['folder', 'runs', 'incomplete'],
  properties: {
    folder: word,
    runs: { type: 'array', maxItems: 10_000, items: runSchema },
    more: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    incomplete: { type: 'boolean' },
  },
})

type RawPage = Omit<EventPage, 'events'> & { readonly events: readonly { readonly key: KeyedEvent['key']; readonly event: object }[] }
const isEventPage = compileSchema<RawPage>('first-error', {
  type: 'object',
  additionalProperties: false,
  required: ['folder', 'events', 'more', 'unreadable'],
  properties: {
    folder: word,
    more: { type: 'boolean' },
    unreadable: { type: 'integer', minimum: 0 },
    events: {
      type: 'array',
      maxItems: 1000,
      items: {
        type: 'object',
        required: ['key', 'event'],
        properties: {
          key: {
            type: 'object',
            required: ['time', 'file', 'offset'],
            properties: { time: word, file: word, offset: { type: 'integer', minimum: 0 } },
          },
          event: { type: 'object' },
        },
      },
    },
  },
})

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** An event of the closed list, for this session. Undefined for anything else: what a gateway sends is not trusted to be a record. */
export function checkedEvent(value: unknown, session: string): RecordedEvent | undefined {
  if (!isObject(value)) return undefined
  const { time, ...event } = value
  if (typeof time !== 'string' || !TIME.test(time) || Number.isNaN(Date.parse(time)) || event['session'] !== session) return undefined
  if (typeof event['event'] !== 'string' || !Object.hasOwn(EVENTS, event['event'])) return undefined
  try {
    checkEvent(event as unknown as RecordEvent)
    return { time, ...event } as unknown as RecordedEvent
  } catch {
    return undefined
  }
}

/** @throws Error for an answer that is not a page of runs */
export function checkedRunPage(value: unknown): RunPage {
  if (!isRunPage(value)) throw new Error('the answer is not a list of sessions')
  return value
}

/** Events that are not of the session or not of the closed list are left out and counted. @throws Error for an answer that is not a page of events */
export function checkedEventPage(value: unknown, session: string): EventPage {
  if (!isEventPage(value)) throw new Error('the answer is not a list of events')
  const events = value.events.flatMap(({ key, event }): readonly KeyedEvent[] => {
    const checked = checkedEvent(event, session)
    return checked === undefined || checked.time !== key.time ? [] : [{ key: { time: key.time, file: key.file, offset: key.offset }, event: checked }]
  })
  return { folder: value.folder, events, more: value.more, unreadable: value.unreadable + value.events.length - events.length }
}
