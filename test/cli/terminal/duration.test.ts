import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration } from '../../../domain/format/duration.ts'
import { parseDuration } from '../../../cli/terminal/duration.ts'

describe('a duration', () => {
  it.each([
    ['90', 90],
    ['90s', 90],
    ['10m', 600],
    ['1h30m', 5400],
    ['2d', 172_800],
  ])('%s is %i seconds', (text, seconds) => expect(parseDuration('--duration', text)).toBe(seconds))
  it.each(['', '-1', '1.5h', '10 m', 'm', '1w', '1e3', '9'.repeat(10)])('%j is refused with how to write it', (text) => {
    expect(() => parseDuration('--duration', text)).toThrow(`--duration=${text}: invalid duration`)
  })
  it.each(['0', '0s', '0h0m'])('%s is refused, since a grant lasts at least a second', (text) => {
    expect(() => parseDuration('--duration', text)).toThrow('at least one second')
  })
  it('is formatted with the two largest units, so that reading it again never gives more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 604_800 }), (seconds) => {
        const again = parseDuration('--duration', formatDuration(seconds))
        expect(again).toBeLessThanOrEqual(seconds)
        expect(seconds - again).toBeLessThan(seconds >= 86_400 ? 3600 : seconds >= 3600 ? 60 : 1)
      }),
    )
  })
})
