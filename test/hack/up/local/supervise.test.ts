import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { supervise } from '../../../../hack/up/local/supervise.ts'

const NEXT_LOOK_MS = 250

describe('supervision of processes', () => {
  let dead: string | undefined
  let starts: number[]
  let told: string[]
  let supervisor: { stop(): void }
  /** A process that exits immediately while `crashing`. */
  let crashing = false

  beforeEach(() => {
    vi.useFakeTimers()
    dead = undefined
    starts = []
    told = []
    crashing = false
    const start = (): void => {
      starts.push(Date.now())
      dead = crashing ? 'jit-x ended with code 1; the end of its log:\nwith a value in it' : undefined
    }
    supervisor = supervise({
      components: [{ name: 'jit-x', start, failure: () => Promise.resolve(dead) }],
      nowMs: () => Date.now(),
      restarted: (name, why) => void told.push(`${name}: ${why}`),
    })
  })
  afterEach(() => {
    supervisor.stop()
    vi.useRealTimers()
  })

  it('does not touch a process that runs or was ended on purpose', async () => {
    await vi.advanceTimersByTimeAsync(60_000)
    expect(starts).toEqual([])
  })

  it('restarts a killed process at once, and says why without its log', async () => {
    await vi.advanceTimersByTimeAsync(20_000)
    dead = 'jit-x ended with SIGKILL; the end of its log:\nwith a value in it'
    const killed = Date.now()
    await vi.advanceTimersByTimeAsync(NEXT_LOOK_MS)
    expect(starts.map((at) => at - killed <= NEXT_LOOK_MS)).toEqual([true])
    expect(told).toEqual(['jit-x: jit-x ended with SIGKILL'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(starts).toHaveLength(1)
  })

  it('backs off for a process that crashes in a loop, and restarts at once after a steady run', async () => {
    crashing = true
    dead = 'jit-x ended with code 1; '
    await vi.advanceTimersByTimeAsync(60_000)
    expect(starts.length).toBeGreaterThan(5)
    expect(starts.length).toBeLessThan(12)
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_500)
    crashing = false
    await vi.advanceTimersByTimeAsync(30_000)
    expect(dead).toBeUndefined()
    dead = 'jit-x ended with SIGKILL; '
    const killed = Date.now()
    await vi.advanceTimersByTimeAsync(NEXT_LOOK_MS)
    expect((starts.at(-1) ?? 0) - killed).toBeLessThanOrEqual(NEXT_LOOK_MS)
  })

  it('restarts nothing after it was stopped', async () => {
    supervisor.stop()
    dead = 'jit-x ended with SIGKILL; '
    await vi.advanceTimersByTimeAsync(60_000)
    expect(starts).toEqual([])
  })
})
