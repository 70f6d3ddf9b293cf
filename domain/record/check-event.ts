import { EVENTS, type EventName, type RecordEvent } from './events.ts'
import type { Field, Fields } from './fields.ts'
import { RecordError } from './recorder.ts'

const CUT = '…[cut]'

type Fit<K extends Field['kind']> = (field: Extract<Field, { readonly kind: K }>, value: unknown) => unknown

const wordFits = (value: unknown, max: number): value is string => typeof value === 'string' && value.length <= max

/** For each kind of field, the value as it may be written; undefined when the field cannot hold it. */
const FIT: { readonly [K in Field['kind']]: Fit<K> } = {
  word: ({ max }, value) => (wordFits(value, max) ? value : undefined),
  text: ({ max }, value) => {
    if (typeof value !== 'string') return undefined
    return value.length <= max ? value : `${value.slice(0, max - CUT.length)}${CUT}`
  },
  words: ({ max, most }, value) => (Array.isArray(value) && value.length <= most && value.every((each) => wordFits(each, max)) ? value : undefined),
  choice: ({ of }, value) => (typeof value === 'string' && of.includes(value) ? value : undefined),
  count: (_, value) => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined),
  flag: (_, value) => (typeof value === 'boolean' ? value : undefined),
}

const fitting = (field: Field, value: unknown): unknown => (FIT[field.kind] as (field: Field, value: unknown) => unknown)(field, value)

/**
 * The event with its fields in the order of the list, texts cut to their bounds. Checked at run time too, because a cast or a
 * spread must not smuggle a body into a record: an unknown field is refused, and named without its value.
 * @throws RecordError EVENT_INVALID
 */
export function checkEvent(event: RecordEvent): { readonly event: EventName; readonly [field: string]: unknown } {
  if (!Object.hasOwn(EVENTS, event.event)) throw new RecordError('EVENT_INVALID', 'an event of an unknown name')
  const fields: Fields = EVENTS[event.event]
  const given = new Map<string, unknown>(Object.entries(event).filter(([name, value]) => name !== 'event' && value !== undefined))
  const checked: { event: EventName; [field: string]: unknown } = { event: event.event }
  for (const [name, field] of Object.entries(fields)) {
    const value = given.get(name)
    given.delete(name)
    if (value === undefined && field.optional === true) continue
    const fit = value === undefined ? undefined : fitting(field, value)
    if (fit === undefined) throw new RecordError('EVENT_INVALID', `${event.event}: field ${name} is missing, too long or of the wrong type`)
    checked[name] = fit
  }
  if (given.size > 0) throw new RecordError('EVENT_INVALID', `${event.event} has no field ${[...given.keys()].join(', ').slice(0, 200)}`)
  return checked
}
