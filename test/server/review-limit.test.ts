import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createReviewLimit } from '../../server/review-limit.ts'

const pending = (): Promise<never> => new Promise(() => {})
const settled = async (promise: Promise<unknown>): Promise<'refused' | 'running'> =>
  Promise.race([
    promise.then(() => 'running' as const).catch(() => 'refused' as const),
    new Promise<'running'>((resolve) => setImmediate(() => resolve('running'))),
  ])

it('runs eight reviews of one address, and more when one ends', async () => {
  const limit = createReviewLimit()
  const ended = Promise.withResolvers<void>()
  const first = limit('a', () => ended.promise)
  for (let count = 1; count < 8; count++) void limit('a', pending)
  await expect(limit('a', pending)).rejects.toMatchObject({ code: 429 })
  ended.resolve()
  await first
  expect(await settled(limit('a', pending))).toBe('running')
  await expect(limit('a', pending)).rejects.toMatchObject({ code: 429 })
})

it('frees the place of a review that fails', async () => {
  const limit = createReviewLimit()
  for (let count = 0; count < 100; count++) await expect(limit('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
})

it('leaves a place for an address without reviews, whatever up to eight other addresses do', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 50, maxLength: 200 }), async (addresses) => {
      const limit = createReviewLimit()
      for (const address of addresses) limit(`${address}`, pending).catch(() => {})
      expect(await settled(limit('another', pending))).toBe('running')
    }),
    { numRuns: 30 },
  ))
