import { expect, it } from 'vitest'
import { endingError, describeEnding, isEnding } from '../../../gateway/decide/endings.ts'

it.each([
  ['revoked', 403, 'revoked'],
  ['expired', 403, 'grant has expired'],
  ['tokenExpired', 401, 'token has expired'],
  ['outdated', 503, 'unavailable for too long'],
  ['shutdown', 503, 'shutting down'],
])('%s gives status %i', (ending, code, words) => {
  expect(isEnding(ending)).toBe(true)
  expect(endingError('the watch', ending)).toMatchObject({ code, message: expect.stringContaining(words) as string })
})

it('a value that is not an ending counts as expired', () => {
  for (const other of [undefined, null, 0, '', 'toString', '__proto__', new Error('revoked')]) expect(isEnding(other)).toBe(false)
  expect(describeEnding(new Error('x'))).toContain('expired')
})
