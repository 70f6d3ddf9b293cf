import { expect, it } from 'vitest'
import { repeatedTexts } from '../../../../domain/mask/text/repeated-texts.ts'
import { unsaidWeakValues } from '../../../../domain/mask/match/unsaid-weak-values.ts'
import { WeakTexts } from '../../../../domain/mask/match/weak-values.ts'

const MEGA = 1 << 20
const PINS = Array.from({ length: 40 }, (_, at) => String(73_914_000 + at))

/** Each digit with the beginning of its escape, as `%3`, in front. */
const escaped = (pin = '', prefix: string): string => pin.replaceAll(/\d/g, (digit) => `${prefix}${digit}`)

function pins(): WeakTexts {
  const weak = new WeakTexts()
  for (const pin of PINS) weak.add(pin)
  return weak
}
const of = (target: string, body = ''): readonly boolean[] => {
  const [path = '', search = ''] = target.split('?')
  const left = unsaidWeakValues(pins(), { texts: repeatedTexts({ path, search, bodies: [Buffer.from(body)] }) })
  return PINS.slice(0, 2).map((pin) => left.has(pin) && left.hasBytes(Buffer.from(`x${pin}x`), 1, 1 + pin.length))
}

it.each([
  ['nothing', '/x?y', '', [true, true]],
  ['one in the query', `/x?pin=${PINS[0]}`, '', [false, true]],
  ['one in percent encoding', `/x?pin=${escaped(PINS[0], '%3')}`, '', [false, true]],
  ['one in the body', '/x', `{"pin":"${PINS[1]}"}`, [true, false]],
  ['one with a blank', `/x?pin=+${PINS[0]}+x`, '', [false, true]],
  ['one in percent encoding in the body', '/x', escaped(PINS[1], '%3'), [true, false]],
  ['one in escapes of both', '/x', escaped(PINS[1], String.raw`\u00253`), [true, false]],
  ['no whole escape', `/x?pin=%3${PINS[0]}%`, '%', [false, true]],
  ['one in escapes of JSON', '/x', `{"pin":"${escaped(PINS[1], '\\u003')}"}`, [true, false]],
])('a request that contains %s', (_, target, body, expected) => {
  expect(of(target, body)).toEqual(expected)
})

it('searches at most 128 MiB for one response, and counts the rest as contained', () => {
  const left = unsaidWeakValues(pins(), { texts: [Buffer.alloc(8 * MEGA, 'x')] })
  const counts = PINS.filter((pin) => left.has(pin)).length
  expect(counts).toBeGreaterThanOrEqual(15)
  expect(counts).toBeLessThan(PINS.length)
  // What was looked up before stays as it was.
  expect(left.has(PINS[0] ?? '')).toBe(true)
})
