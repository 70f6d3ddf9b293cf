import { expect, it } from 'vitest'
import { createFairLimit } from '../../server/fair-limit.ts'

/** Work that ends when it is told to. */
function works() {
  const running: string[] = []
  const ends: (() => void)[] = []
  const work = (name: string) => (): Promise<void> => {
    running.push(name)
    return new Promise((resolve) => void ends.push(resolve))
  }
  return { running, ends, work }
}
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

it('one with much work leaves a place to others, who do not wait behind it', async () => {
  const places = createFairLimit(2)
  const { running, ends, work } = works()
  const all = ['a1', 'a2', 'a3', 'b1', 'c1'].map((name) => places.take(name.slice(0, 1), work(name)))
  await settled()
  expect(running).toEqual(['a1', 'b1'])
  ends[1]?.()
  await settled()
  expect(running).toEqual(['a1', 'b1', 'c1'])
  ends[0]?.()
  await settled()
  expect(running).toEqual(['a1', 'b1', 'c1', 'a2'])
  for (let at = 2; at < 5; at += 1) {
    ends[at]?.()
    await settled()
  }
  await Promise.all(all)
})
it('a failure gives its place back', async () => {
  const places = createFairLimit(1)
  await expect(places.take('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await places.take('a', () => Promise.resolve(7))).toBe(7)
})
it('the one with the fewest places comes first, although another waits longer', async () => {
  const places = createFairLimit(3, 3)
  const { running, ends, work } = works()
  const all = ['a1', 'a2', 'b1', 'a3', 'b2', 'c1'].map((name) => places.take(name.slice(0, 1), work(name)))
  await settled()
  ends[0]?.()
  await settled()
  expect(running).toEqual(['a1', 'a2', 'b1', 'c1'])
  ends[3]?.()
  await settled()
  expect(running.at(-1)).toBe('a3')
  for (let at = 1; at < 6; at += 1) {
    ends[at]?.()
    await settled()
  }
  await Promise.all(all)
})
