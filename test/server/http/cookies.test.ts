import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clearCookie, readCookie, writeCookie } from '../../../server/http/cookies.ts'

const NAME = '__Host-x'
const request = (cookie?: string) => ({ headers: cookie === undefined ? {} : { cookie } })
const write = (value: string, before?: string) => writeCookie(request(before), { name: NAME, value, maxAgeSeconds: 60 })
const pairs = (lines: readonly string[]): string => lines.map((line) => line.split(';')[0]).join('; ')

describe('a cookie', () => {
  it('is read as it was written, in parts that browsers keep', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '9', '-', '_', '.'), minLength: 1, maxLength: 21_600 }), (value) => {
        const lines = write(value) ?? []
        for (const each of lines) expect(each.length).toBeLessThan(4096)
        expect(readCookie(request(`other=1; ${pairs(lines)}; more=2`), NAME)).toBe(value)
      }),
      { numRuns: 50 },
    )
  })
  it('that is too long for browsers is not written', () => expect(write('a'.repeat(21_601))).toBeUndefined())
  it('deletes the parts of a longer one before', () => {
    const before = pairs(write('a'.repeat(9_000)) ?? [])
    const after = write('b'.repeat(4_000), before) ?? []
    expect(after.map((line) => [line.split('=')[0], line.includes('Max-Age=0')])).toEqual([
      [NAME, false],
      [`${NAME}-1`, false],
      [`${NAME}-2`, true],
    ])
  })
  it('is deleted in all parts that there are', () => {
    expect(clearCookie(request(pairs(write('a'.repeat(4_000)) ?? [])), NAME)).toHaveLength(2)
    expect(clearCookie(request(), NAME)).toEqual([])
  })
  it.each([undefined, '', '=', 'x', NAME, `${NAME}-1=b`])('without its first part is none: %j', (cookie) =>
    expect(readCookie(request(cookie), NAME)).toBe(''),
  )
})
