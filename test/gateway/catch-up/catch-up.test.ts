import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { DelayLine } from '../../../gateway/catch-up/delay-line.ts'
import { createHeldRoom } from '../../../gateway/byte-room.ts'
import { setup, watched, type Went } from './catch-up-fixture.ts'
import type { ClusterModel } from './cluster-model.ts'
import type { VirtualTime } from './virtual-time.ts'

describe('catching up', () => {
  it('covers a Secret that was written before the call, however late its event reaches the cache', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.delays = { cacheMs: 700, watchMs: 40, answerMs: 3, learnMs: 5 }
    cluster.write('value')
    const call = watched(catchUp.caughtUp(), time)
    await time.run(700)
    expect(call.went).toBeUndefined()
    await time.run(2_000)
    expect(call.went).toBe('well')
    expect([...cluster.known]).toEqual(['value'])
  })

  it('ends at once when the watch has delivered a later revision', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.write('value')
    await time.run(10)
    const call = watched(catchUp.caughtUp(), time)
    await time.run(11)
    expect(call).toMatchObject({ went: 'well', atMs: 10 })
  })

  it('takes little time in an idle cluster, and one request for all callers', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.write()
    const calls = Array.from({ length: 1000 }, () => watched(catchUp.caughtUp(), time))
    await time.run(60)
    expect(new Set(calls.map(({ went }) => went))).toEqual(new Set(['well']))
    expect(cluster.probes).toBe(1)
  })

  it('does not wait again until the next write or another watch', async () => {
    const { time, cluster, catchUp } = setup()
    const took = async (): Promise<number> => {
      await time.run(time.nowMs() + 1_000)
      const beganMs = time.nowMs()
      const call = watched(catchUp.caughtUp(), time)
      await time.run(beganMs + 500)
      expect(call.went).toBe('well')
      return (call.atMs ?? Infinity) - beganMs
    }
    cluster.write()
    expect(await took()).toBeGreaterThan(0)
    expect(await took()).toBe(0)
    expect(await took()).toBe(0)
    cluster.write()
    expect(await took()).toBeGreaterThan(0)
    expect(await took()).toBe(0)
    cluster.breakWatch(10)
    expect(await took()).toBeGreaterThan(0)
  })

  it('asks kube-apiserver at most twenty times a second', async () => {
    const { time, cluster, catchUp } = setup()
    for (let ms = 0; ms < 1000; ms++) time.at(ms, () => void catchUp.caughtUp())
    await time.run(1_000)
    expect(cluster.probes).toBeGreaterThan(10)
    expect(cluster.probes).toBeLessThanOrEqual(21)
  })

  it('asks at most a hundred times a second for callers that hold back much', async () => {
    const { time, cluster, catchUp } = setup()
    for (let ms = 0; ms < 1000; ms++) time.at(ms, () => void catchUp.caughtUp(512 * 1024))
    await time.run(1_000)
    expect(cluster.probes).toBeGreaterThan(60)
    expect(cluster.probes).toBeLessThanOrEqual(101)
  })

  it('asks no more often for many callers that hold back little', async () => {
    const { time, cluster, catchUp } = setup()
    for (let ms = 0; ms < 1000; ms++) time.at(ms, () => void catchUp.caughtUp(16 * 1024))
    await time.run(1_000)
    expect(cluster.probes).toBeLessThanOrEqual(21)
  })

  it('lets a log of hundreds of megabytes a second pass', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.delays = { cacheMs: 0, watchMs: 0, answerMs: 3, learnMs: 0 }
    const line = new DelayLine({ catchUp, room: createHeldRoom(new Registry()).of('agent'), onFailed: () => {} })
    let passed = 0
    const log = async (): Promise<void> => {
      for (;;) {
        await line.add(async () => void (passed += 64 * 1024), 64 * 1024)
        await time.pause(0.1)
      }
    }
    void log().catch(() => {})
    await time.run(1_000)
    line.close(new Error('over'))
    expect(passed).toBeGreaterThan(300e6)
  })

  it('does not wait for Secrets that change without end', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.delays = { cacheMs: 5, watchMs: 5, answerMs: 3, learnMs: 20 }
    for (let ms = 0; ms < 20_000; ms += 2) time.at(ms, () => cluster.write(`value-${ms}`))
    const calls = [0, 500, 1000, 5000].map((ms) => {
      const made: { call?: Went } = {}
      time.at(ms, () => (made.call = watched(catchUp.caughtUp(), time)))
      return { ms, made }
    })
    await time.run(10_000)
    for (const { ms, made } of calls) {
      expect(made.call?.went).toBe('well')
      expect((made.call?.atMs ?? Infinity) - ms).toBeLessThan(200)
    }
  })

  it('waits for a new watch after a break, and for the changes that it delivers', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.breakWatch(3_000)
    cluster.write('value')
    const call = watched(catchUp.caughtUp(), time)
    await time.run(3_000)
    expect(call.went).toBeUndefined()
    await time.run(4_000)
    expect(call.went).toBe('well')
    expect(cluster.known.has('value')).toBe(true)
  })

  it('waits longer after the watch was late', async () => {
    const { time, cluster, catchUp } = setup()
    cluster.delays = { cacheMs: 0, watchMs: 300, answerMs: 0, learnMs: 0 }
    cluster.write('seen-late')
    await catchUpNow(time, catchUp, 1_000)
    cluster.write('value')
    await catchUpNow(time, catchUp, 2_000)
    expect(cluster.known.has('value')).toBe(true)
  })

  it.each([
    ['kube-apiserver does not answer', (cluster: ClusterModel) => void (cluster.away = true)],
    ['values cannot be learned', (cluster: ClusterModel) => void (cluster.failing = true)],
    ['the watch does not reconnect', (cluster: ClusterModel) => cluster.breakWatch(60_000)],
    ['learning never ends', (cluster: ClusterModel) => void (cluster.delays = { ...cluster.delays, learnMs: 1e9 })],
  ])('fails after ten seconds when %s, and works again afterwards', async (_, fail) => {
    const { time, cluster, catchUp } = setup()
    fail(cluster)
    cluster.write()
    const call = watched(catchUp.caughtUp(), time)
    await time.run(9_000)
    expect(call.went).toBeUndefined()
    await time.run(13_000)
    expect(call).toMatchObject({ went: 'badly', error: { reason: 'ServiceUnavailable', code: 503 } })
    Object.assign(cluster, { away: false, failing: false, delays: { ...cluster.delays, learnMs: 0 } })
    await time.run(61_000)
    const again = watched(catchUp.caughtUp(), time)
    await time.run(63_000)
    expect(again.went).toBe('well')
  })
})

async function catchUpNow(time: VirtualTime, catchUp: { caughtUp(): Promise<void> }, until: number): Promise<void> {
  const call = watched(catchUp.caughtUp(), time)
  await time.run(until)
  expect(call.went).toBe('well')
}
