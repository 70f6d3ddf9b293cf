import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createSlowWork, type SlowWork } from '../../../gateway/mask/slow-work.ts'

let nowMs: number
let work: SlowWork
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  nowMs = 0
  work = createSlowWork({ nowMs: () => nowMs })
})
afterEach(() => void vi.useRealTimers())

const STAYS = new AbortController().signal
const piece = (ms: number) => (): number => (nowMs += ms)
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** Whether a further piece of an identity has to wait. */
async function waits(identity: string): Promise<boolean> {
  let isReady = false
  let isOver = false
  const ready = work.ready(identity, () => isOver).then(() => (isReady = true))
  await settled()
  const result = !isReady
  isOver = true
  await vi.advanceTimersByTimeAsync(250)
  await ready
  return result
}

it('counts of one piece what it takes beyond 50 ms, also when it fails, and makes nobody else wait', async () => {
  for (let count = 0; count < 100; count += 1) work.run('a', piece(50))
  expect(await waits('a')).toBe(false)
  expect(() =>
    work.run('a', () => {
      nowMs += 3_050
      throw new Error('no')
    }),
  ).toThrow('no')
  expect([await waits('a'), await waits('b')]).toEqual([true, false])
  nowMs += 20_000
  expect(await waits('a')).toBe(false)
})

it('counts all of the time of many pieces, does none for those who left, and goes on as time passes', async () => {
  for (let count = 0; count < 100; count += 1) await work.next('a', piece(40), STAYS)
  const [leaving, done] = [new AbortController(), vi.fn(() => nowMs)]
  const left = work.next('a', done, leaving.signal).catch((error: unknown) => error)
  const stayed = work.next('a', done, STAYS)
  await settled()
  leaving.abort(new Error('the client has left'))
  await vi.advanceTimersByTimeAsync(250)
  expect(await left).toEqual(new Error('the client has left'))
  expect(done).not.toHaveBeenCalled()
  nowMs += 20_000
  await vi.advanceTimersByTimeAsync(250)
  expect(await stayed).toBe(nowMs)
  expect(done).toHaveBeenCalledTimes(1)
})
