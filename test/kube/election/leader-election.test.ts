import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ELECTION_TIMING } from '../../../kube/election/leader-election.ts'
import { candidate, LeaseServer, NO_FAULTS, random, Time, type Candidate, type Faults } from './election-fixture.ts'

const fixture = (...names: readonly string[]) => {
  const [time, server] = [new Time(), new LeaseServer()]
  const candidates = names.map((name) => candidate({ time, server, name }))
  return { time, server, candidates }
}
const acting = (candidates: readonly Candidate[]): number => candidates.filter((each) => each.acts()).length

/** Runs candidates with faults, and returns the most that acted at once. */
async function mostAtOnce(options: {
  readonly seed: number
  readonly rates: readonly number[]
  readonly faults: Faults
  readonly timing?: typeof ELECTION_TIMING
}): Promise<{ readonly most: number; readonly led: number }> {
  const { rates, faults, seed, timing = ELECTION_TIMING } = options
  const [time, server, chance] = [new Time(), new LeaseServer(), random(seed)]
  const candidates = rates.map((rate, index) => candidate({ time, server, name: `p${index}`, rate, faults, chance, timing }))
  let [most, led] = [0, 0]
  const check = (): void => {
    const now = acting(candidates)
    most = Math.max(most, now)
    led += now
  }
  const tick = (): void => time.after(100, tick)
  tick()
  for (const { election } of candidates) election.start()
  await time.until(120_000, check)
  return { most, led }
}

describe('a leader election', () => {
  it('makes one candidate the leader, and keeps it', async () => {
    const { time, server, candidates } = fixture('a', 'b')
    for (const { election } of candidates) election.start()
    await time.until(1_000)
    expect(acting(candidates)).toBe(1)
    const holder = server.lease?.spec?.holderIdentity
    await time.until(100_000, () => expect(acting(candidates)).toBe(1))
    expect(server.lease?.spec).toMatchObject({ holderIdentity: holder, leaseDurationSeconds: 15, leaseTransitions: 1 })
    expect(server.lease?.spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{6}Z$/)
  })

  it('lets another candidate lead as soon as the leader stops', async () => {
    const { time, candidates } = fixture('a', 'b')
    const [first, second] = candidates
    first?.election.start()
    await time.until(1_000)
    second?.election.start()
    await time.until(5_000)
    expect([first?.acts(), second?.acts()]).toEqual([true, false])
    void first?.election.stop()
    expect(first?.election.leadsForMs()).toBe(0)
    await time.until(5_000 + ELECTION_TIMING.retryMs + 500)
    expect([first?.acts(), second?.acts()]).toEqual([false, true])
    expect([first?.changes, second?.changes]).toEqual([[true, false], [true]])
  })

  it('a leader that cannot renew stops before another one may take the Lease', async () => {
    const { time, server, candidates } = fixture('a')
    const [first] = candidates
    first?.election.start()
    await time.until(1_000)
    const { lease } = server
    server.lease = undefined
    const left = first?.election.leadsForMs() ?? 0
    expect(left).toBeGreaterThan(9_000 - 100)
    expect(left).toBeLessThanOrEqual(ELECTION_TIMING.renewDeadlineMs)
    await time.until(1_000 + left + 3_000)
    expect(first?.acts()).toBe(false)
    expect(first?.changes).toEqual([true, false])
    expect(first?.errors.length).toBeGreaterThan(2)
    server.lease = lease
    await time.until(20_000)
    expect(first?.acts()).toBe(true)
  })

  it('counts its time from before it sent the write, which may have arrived at once', async () => {
    const [time, server] = [new Time(), new LeaseServer()]
    // Each way takes 1.5 seconds: the Lease is read after three seconds, and the write is answered after six.
    const slow = candidate({ time, server, name: 'a', faults: { ...NO_FAULTS, latencyMs: 3_000 } })
    slow.election.start()
    let most = 0
    await time.until(6_500, () => (most = Math.max(most, slow.election.leadsForMs())))
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(ELECTION_TIMING.renewDeadlineMs - 3_000)
  })

  it('waits for a holder that it does not know for the duration of its Lease, but not longer than a minute', async () => {
    const { time, server, candidates } = fixture('a')
    server.lease = { metadata: { resourceVersion: '1' }, spec: { holderIdentity: 'gone', leaseDurationSeconds: 1_000_000 } }
    candidates[0]?.election.start()
    await time.until(59_000)
    expect(acting(candidates)).toBe(0)
    await time.until(64_000)
    expect(acting(candidates)).toBe(1)
  })

  it('is not moved by times that a Lease claims', async () => {
    const { time, server, candidates } = fixture('a')
    server.lease = {
      metadata: { resourceVersion: '1' },
      spec: { holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime: '1990-01-01T00:00:00.000000Z' },
    }
    candidates[0]?.election.start()
    await time.until(14_000)
    expect(acting(candidates)).toBe(0)
    await time.until(18_000)
    expect(acting(candidates)).toBe(1)
  })

  it('creates no Lease', async () => {
    const { time, server, candidates } = fixture('a')
    server.lease = undefined
    candidates[0]?.election.start()
    await time.until(10_000)
    expect([server.lease, acting(candidates)]).toEqual([undefined, 0])
    expect(candidates[0]?.errors.length).toBeGreaterThan(3)
  })
})

const faults = fc.record({
  latencyMs: fc.constantFrom(10, 500, 5_000, 20_000),
  lostRequests: fc.constantFrom(0, 0.1, 0.5, 0.9),
  lostAnswers: fc.constantFrom(0, 0.1, 0.5, 0.9),
  pauses: fc.constantFrom(0, 0.02, 0.1),
  jumps: fc.constantFrom(0, 0.05),
})

describe('two processes never act at once', () => {
  it('whatever is late or lost, whichever is paused or suspended, and however the time of day jumps', async () => {
    let led = 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(fc.double({ min: 0.85, max: 1.15, noNaN: true }), { minLength: 2, maxLength: 3 }),
        faults,
        async (...args) => {
          const [seed, rates, wrong] = args
          const run = await mostAtOnce({ seed, rates, faults: wrong })
          led += run.led
          expect(run.most).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 60 },
    )
    expect(led).toBeGreaterThan(1_000)
  })

  // Without these two the test above would prove little: it must find what it looks for.
  const cut: Faults = { latencyMs: 500, lostRequests: 0.5, lostAnswers: 0, pauses: 0, jumps: 0 }
  const seeds = Array.from({ length: 40 }, (_, seed) => seed)
  it('unless a clock runs at half the speed, which is beyond the bound', async () => {
    const runs = await Promise.all(seeds.map((seed) => mostAtOnce({ seed, rates: [0.5, 1.1], faults: cut })))
    expect(Math.max(...runs.map(({ most }) => most))).toBe(2)
  })
  it('unless the deadline is longer than the Lease', async () => {
    const timing = { ...ELECTION_TIMING, renewDeadlineMs: 40_000 }
    const runs = await Promise.all(seeds.map((seed) => mostAtOnce({ seed, rates: [1, 1], faults: cut, timing })))
    expect(Math.max(...runs.map(({ most }) => most))).toBe(2)
  })
})
