import { expect, it } from 'vitest'
import { createConcurrencyLimit } from '../../kube/concurrency-limit.ts'

it('runs as much at once as there are places, and the rest in its order', async () => {
  const limit = createConcurrencyLimit(2)
  let running = 0
  let most = 0
  const begun: number[] = []
  const work = async (index: number): Promise<number> => {
    begun.push(index)
    running += 1
    most = Math.max(most, running)
    await new Promise(setImmediate)
    running -= 1
    if (index === 1) throw new Error('one fails')
    return index
  }
  const results = await Promise.allSettled(Array.from({ length: 7 }, (_, index) => limit.take(() => work(index))))
  expect([most, begun]).toEqual([2, [0, 1, 2, 3, 4, 5, 6]])
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(6)
  expect(await limit.take(() => work(8))).toBe(8)
})
