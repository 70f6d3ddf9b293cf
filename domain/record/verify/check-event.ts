import { EVENTS, type RecordEvent } from '../events.ts'
import type { EventField, EventFields } from '../event-fields.ts'
import { RecordError } from '../recorder.ts'

const CUT = '…[cut]'

type Fit<K extends EventField['kind']> = (field: Extract<EventField, { readonly kind: K }>, value: unknown) => unknown

const wordFits = (value: unknown, max: number): value is string => typeof value === 'string' && value.length <= max

/** Memory to decode into, for the longest field. */
const decoded: Buffer = Buffer.allocUnsafeSlow(48 * 1024)
const reencoded = (value: string): string => Buffer.from(value, 'base64').toString('base64')

/**
 * Whether a value is the canonical encoding of its bytes. The decoder leaves out characters that do not belong there, so it then returns fewer bytes than
 * the length says. It accepts `-` and `_`, `Ł` for the `A` of its low byte, and any bits after the last byte. A regular expression takes many times as
 * long.
 */
export function isBase64(value: string): boolean {
  const { length } = value
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0
  const bytes = (length / 4) * 3 - padding
  if (bytes > decoded.length) return reencoded(value) === value
  const isAscii = Buffer.byteLength(value) === length
  if (length % 4 !== 0 || !isAscii || value.includes('-') || value.includes('_') || decoded.write(value, 'base64') !== bytes) return false
  const last = value.slice(-4)
  return reencoded(last) === last
}

/** For each kind of field, the value to write; undefined when the field cannot hold it. */
const FIT: { readonly [K in EventField['kind']]: Fit<K> } = {
  word: ({ max }, value) => (wordFits(value, max) ? value : undefined),
  text: ({ max }, value) => {
    if (typeof value !== 'string') return undefined
    return value.length <= max ? value : `${value.slice(0, max - CUT.length)}${CUT}`
  },
  words: ({ max, most }, value) => (Array.isArray(value) && value.length <= most && value.every((each) => wordFits(each, max)) ? value : undefined),
  base64: ({ max }, value) => (wordFits(value, max) && isBase64(value) ? value : undefined),
  choice: ({ of }, value) => (typeof value === 'string' && of.includes(value) ? value : undefined),
  count: (_, value) => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined),
  flag: (_, value) => (typeof value === 'boolean' ? value : undefined),
}

/** Base64 needs no JSON escapes; skipping them saves time on large values. */
const written = ({ kind }: EventField, fit: unknown): string => (kind === 'base64' ? `"${fit as string}"` : JSON.stringify(fit))

const fitting = (field: EventField, value: unknown): unknown => (FIT[field.kind] as (field: EventField, value: unknown) => unknown)(field, value)

/** A field, and the JSON text before its value. */
type Named = { readonly name: string; readonly field: EventField; readonly before: string }

/** The fields of each event in order, computed once. */
const LISTED = new Map<string, readonly Named[]>(
  Object.entries<EventFields>(EVENTS).map(([event, fields]) => [
    event,
    Object.entries(fields).map(([name, field]) => ({ name, field, before: `,${JSON.stringify(name)}:` })),
  ]),
)

function unknownFields(event: RecordEvent, listed: readonly Named[]): string {
  const known = new Set(listed.map(({ name }) => name))
  const given = Object.entries(event).filter(([name, value]) => name !== 'event' && value !== undefined && !known.has(name))
  return given
    .map(([name]) => name)
    .join(', ')
    .slice(0, 200)
}

function countGiven(event: { readonly [field: string]: unknown }): number {
  let given = 0
  // Inherited fields count too, so that they are refused as unknown.
  for (const name in event) if (event[name] !== undefined) given += 1
  return given
}

/**
 * The event as JSON without its braces: fields in the order of the list, texts cut to their bounds. Written field by field, since every request has
 * two events and building and serializing an object with so many fields is slow. Also checked at run time, so that a cast or a spread cannot put a
 * body into a record: an unknown field is refused, and the error names it without its value.
 * @throws RecordError EVENT_INVALID
 */
export function checkEvent(event: RecordEvent): string {
  const listed = LISTED.get(event.event)
  if (listed === undefined) throw new RecordError('EVENT_INVALID', 'an event of an unknown name')
  let text = `"event":"${event.event}"`
  let taken = 1
  for (const { name, field, before } of listed) {
    const value = Object.hasOwn(event, name) ? (event as { readonly [field: string]: unknown })[name] : undefined
    if (value === undefined && field.optional === true) continue
    const fit = value === undefined ? undefined : fitting(field, value)
    if (fit === undefined) throw new RecordError('EVENT_INVALID', `${event.event}: field ${name} is missing, too long or of the wrong type`)
    text += before + written(field, fit)
    taken += 1
  }
  if (taken !== countGiven(event)) throw new RecordError('EVENT_INVALID', `${event.event} has no field ${unknownFields(event, listed)}`)
  return text
}
