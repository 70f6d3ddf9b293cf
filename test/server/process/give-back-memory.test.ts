import { afterEach, expect, it, vi } from 'vitest'
import { releaseMemoryLater } from '../../../server/process/give-back-memory.ts'

const collect = vi.hoisted(() => vi.fn())
vi.mock('node:vm', () => ({ runInNewContext: () => collect }))

afterEach(() => vi.useRealTimers())

it('memory is returned later once, when small collections are quick: a whole one on a busy machine would stop requests for seconds', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const memoryUsage = vi.spyOn(process, 'memoryUsage')
  let [now, stepMs] = [0, 100]
  vi.spyOn(performance, 'now').mockImplementation(() => (now += stepMs))
  releaseMemoryLater()
  vi.advanceTimersByTime(60_000)
  expect([vi.getTimerCount(), memoryUsage.mock.calls.length]).toEqual([1, 0])
  expect(collect.mock.calls.length, 'one small collection each time').toBe(6)
  stepMs = 1
  vi.advanceTimersByTime(10_000)
  expect([vi.getTimerCount(), memoryUsage.mock.calls.length]).toEqual([0, 1])
})
