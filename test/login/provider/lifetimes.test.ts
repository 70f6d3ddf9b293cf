import { expect, it } from 'vitest'
import { secondsUntil } from '../../../login/provider/lifetimes.ts'

const clock = { nowMs: () => 100_900 }

it.each([
  [undefined, 600],
  [Number.MAX_SAFE_INTEGER, 600],
  [700_000, 600],
  [150_999, 50],
  [101_000, 1],
  [100_999, 0],
  [5, 0],
  [NaN, 0],
])('a token of 600 seconds lasts no longer than a session that ends at %s: %i', (endsAtMs, seconds) => {
  expect(secondsUntil(endsAtMs, 600, clock)).toBe(seconds)
})
