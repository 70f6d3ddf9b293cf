import { expect, it } from 'vitest'
import { refuseLongNumbers } from '../../../../gateway/decide/body/prepare-body.ts'
import { costExponent, LINEAR } from '../../../measure/processor-cost.ts'

it.each(['{"a":1234567890123456}', '[-1234567890123456]', '{"a":"\\"", "b": 1234567890123456}', '{"a":"\\\\","b":1234567890123456}'])(
  'refuses %s',
  (body) => expect(() => refuseLongNumbers(Buffer.from(body))).toThrow(/more than 15 digits/),
)

it.each([
  '{"a":123456789012345}',
  '{"a":"1234567890123456"}',
  '{"a":"\\" 1234567890123456"}',
  '{" 1234567890123456":true}',
  '"no end 1234567890123456',
])('accepts %s', (body) => expect(() => refuseLongNumbers(Buffer.from(body))).not.toThrow())

it.each([
  ['a text that does not end', ''],
  ['a text that ends in a backslash', '\\'],
])('takes linear time for %s', async (_, end) => {
  const readUnfinished = (size: number): void => refuseLongNumbers(Buffer.from(`"${'\\"'.repeat(size / 2)}${end}`))
  expect(await costExponent(readUnfinished, [1 << 13, 1 << 16], 3)).toBeLessThan(LINEAR)
})
