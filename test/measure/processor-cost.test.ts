import { describe, expect, it } from 'vitest'
import { costExponent, costRatio, LINEAR } from './processor-cost.ts'

/** Adds numbers; the sum keeps the compiler from leaving the loop out. */
let sum = 0
const spend = (rounds: number): void => {
  for (let round = 0; round < rounds; round++) sum += round % 7
}

describe('the exponent of a cost', () => {
  it('is below the limit for linear work', async () => expect(await costExponent(spend, [1_000_000, 16_000_000])).toBeLessThan(LINEAR))

  it('is above the limit for quadratic work', async () =>
    expect(await costExponent((size) => spend(size * size), [500, 4_000])).toBeGreaterThan(LINEAR))
})

it('the ratio of costs is that of the work', async () => {
  const ratio = await costRatio(
    () => spend(20_000_000),
    () => spend(2_000_000),
  )
  expect(ratio).toBeGreaterThan(4)
  expect(ratio).toBeLessThan(25)
})
