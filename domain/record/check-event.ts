import { EVENTS, type EventName, type RecordEvent } from './events.ts'
import type { Field, Fields } from './fields.ts'
import { RecordError } from './recorder.ts'

const CUT = '…[cut]'

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isWord = (value: unknown, max: number): value is string => typeof value === 'string' && value.length <= max

/** The value as it may be written; undefined when the field cannot hold it. */
function fitting(field: Field, value: unknown): unknown {
  switch (field.kind) {
    case 'word':
      return isWord(value, field.max) ? value : undefined
    case 'text':
      if (typeof value !== 'string') return undefined
      return value.length <= field.max ? value : `${value.slice(0, field.max - CUT.length)}${CUT}`
    case 'words':
      return Array.isArray(value) && value.length <= field.most && value.every((each) => isWord(each, field.max)) ? value : undefined
    case 'choice':
      return typeof value === 'string' && field.of.includes(value) ? value : undefined
    case 'count':
      return isCount(value) ? value : undefined
    case 'flag':
      return typeof value === 'boolean' ? value : undefined
  }
}

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
