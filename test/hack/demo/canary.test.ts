import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { findValue } from '../../../hack/demo/canary.ts'

const value = randomBytes(24)
const text = randomBytes(15).toString('hex')

it.each([0, 1, 2])('a value is found in base64 that starts %i bytes before it', (shift) => {
  const encoded = Buffer.concat([Buffer.alloc(shift, 0x41), value, Buffer.from('zz')]).toString('base64')
  expect(findValue(Buffer.from(encoded), value)).toBeDefined()
})
it.each(['hex', 'base64', 'base64url'] as const)('a value is found in %s', (encoding) => {
  expect(findValue(Buffer.from(`a ${Buffer.from(text).toString(encoding)} b`), Buffer.from(text))).toBeDefined()
})
it('a value is found raw', () => expect(findValue(Buffer.from(`a ${text} b`), Buffer.from(text))).toBeDefined())
it('an absent value is not found', () => expect(findValue(randomBytes(4096), value)).toBeUndefined())
it('a value too short to search for is an error, not a pass', () =>
  expect(() => findValue(Buffer.from('x'), Buffer.from('short'))).toThrow('too short'))
