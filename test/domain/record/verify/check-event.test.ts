import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkEvent, isBase64 } from '../../../../domain/record/verify/check-event.ts'
import { EVENTS, type EventName, type RecordEvent } from '../../../../domain/record/events.ts'
import type { EventField } from '../../../../domain/record/event-fields.ts'

/** The event that a reader of the line gets. */
const written = (event: RecordEvent): { readonly [field: string]: unknown } =>
  JSON.parse(`{${checkEvent(event)}}`) as { readonly [field: string]: unknown }

const wrong =
  (event: unknown): (() => unknown) =>
  () =>
    checkEvent(event as RecordEvent)

/** A value that the field can hold. */
const arbitraryOf = (field: EventField): fc.Arbitrary<unknown> => {
  switch (field.kind) {
    case 'word':
      return fc.string({ maxLength: Math.min(field.max, 40) })
    case 'text':
      return fc.string({ maxLength: 40, unit: 'binary' })
    case 'base64':
      return fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64'))
    case 'words':
      return fc.array(fc.string({ maxLength: 10 }), { maxLength: 4 })
    case 'choice':
      return fc.constantFrom(...field.of)
    case 'count':
      return fc.maxSafeNat()
    case 'flag':
      return fc.boolean()
  }
}

const anyEvent = fc.constantFrom(...(Object.keys(EVENTS) as EventName[])).chain((event) => {
  const fields: { readonly [name: string]: EventField } = EVENTS[event]
  const required = Object.keys(fields).filter((name) => fields[name]?.optional !== true)
  const model = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, arbitraryOf(field)]))
  return fc.record(model, { requiredKeys: required }).map((values) => ({ event, ...values }) as RecordEvent)
})

const data = (base64: string): unknown => ({ event: 'stream.data', auditID: 'a', session: 's', channel: 'stdout', offsetMs: 1, base64 })

describe('an event', () => {
  it('of the list with any of its optional fields is accepted unchanged', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(written(event)).toEqual(event)
        expect(`{${checkEvent(event)}}`, 'spelled as readers spell it').toBe(JSON.stringify(written(event)))
      }),
    )
  })
  it('with an unknown field is refused, and the error does not contain the value', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(wrong({ ...event, body: 'hunter2-hunter2' })).toThrow(/has no field body/)
        expect(wrong({ ...event, body: 'hunter2-hunter2' })).not.toThrow(/hunter2/)
      }),
    )
  })
  it('with base64 in a non-canonical encoding is refused', () => {
    expect(wrong(data('AAEC'))).not.toThrow()
    for (const text of ['AAE', 'AAE"', '"AAA', 'AA\nA', '=AAA', 'A==='.repeat(2), 'ŁAAAAAAA', 'A'.repeat(65540)])
      expect(wrong(data(text)), text).toThrow(/field base64/)
  })
  it('without a required field is refused', () => {
    expect(wrong({ event: 'request.outcome', auditID: 'a', session: 's', ended: 'completed', durationMs: 1 })).toThrow(/code is missing/)
  })
  it('with a name outside the list is refused, including `__proto__` and `toString`', () => {
    for (const event of ['request.body', '__proto__', 'toString', '']) expect(wrong({ event })).toThrow('unknown name')
  })
  it('with an object, a number or nothing in a text field is refused', () => {
    for (const part of [{}, ['x'], 3, null, true]) expect(wrong({ event: 'server.started', part })).toThrow(/part is missing/)
  })
  it('with a negative, fractional or infinite count is refused', () => {
    const event = { event: 'request.outcome', auditID: 'a', session: 's', ended: 'completed', code: 200 }
    for (const durationMs of [-1, 0.5, Number.NaN, Infinity, 2 ** 60]) expect(wrong({ ...event, durationMs })).toThrow(/durationMs/)
  })
  it('with an identifier that is too long is refused and not cut, since a cut one would name something else', () => {
    expect(wrong({ event: 'server.started', part: 'x'.repeat(65) })).toThrow(/part is missing, too long/)
  })
  it('with a text that is too long has the text cut and marked', () => {
    const { reason } = written({ event: 'server.stopped', part: 'x', reason: 'y'.repeat(5000) })
    expect(reason).toBe(`${'y'.repeat(1018)}…[cut]`)
  })
  it('has its fields in the order of the list, regardless of their order in the input', () => {
    const event: RecordEvent = { durationMs: 1, code: 200, ended: 'completed', session: 's', auditID: 'a', event: 'request.outcome' }
    expect(Object.keys(written(event))).toEqual(['event', 'auditID', 'session', 'ended', 'code', 'durationMs'])
  })
})

it('no event has a field whose name contains body, token, header, secret or password', () => {
  const names = Object.values(EVENTS).flatMap((fields) => Object.keys(fields))
  expect(names.filter((name) => /body|token|header|secret|password|credential/i.test(name))).toEqual([])
})

it('accepts only the canonical base64 of some bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 60 }).map((each) => Buffer.from(each).toString('base64'))
  const odd = fc.array(fc.constantFrom('A', 'Q', 'z', '9', '+', '/', '-', '_', '=', ' ', '\n', 'ä', 'Ł', '\u0000', 'AAAA', 'QUJD'), { maxLength: 12 })
  const changed = fc.tuple(bytes, fc.nat(80), odd).map(([text, at, more]) => `${text.slice(0, at)}${more.join('')}${text.slice(at)}`)
  fc.assert(
    fc.property(
      fc.oneof(
        bytes,
        changed,
        odd.map((words) => words.join('')),
      ),
      (text) => {
        expect(isBase64(text)).toBe(Buffer.from(text, 'base64').toString('base64') === text)
      },
    ),
    { numRuns: 5000 },
  )
})

it('accepts base64 of any length', () => {
  for (const length of [48 * 1024 - 1, 48 * 1024, 48 * 1024 + 1, 100_000]) {
    const text = Buffer.alloc(length, 0xfb).toString('base64')
    expect(isBase64(text)).toBe(true)
    expect(isBase64(text.replace(/.$/, '\n'))).toBe(false)
  }
})
