import { StatusError } from '../../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import { createLeaderElection, type ElectionTiming, type LeaderElection } from '../../../kube/election/leader-election.ts'
import type { Lease } from '../../../kube/election/lease.ts'

export const LEASE = { namespace: 'jit-system', name: 'jit-access-controller' }
const CALL_LIMIT_MS = 4_000

/** What goes wrong. Probabilities from 0 to 1, times in milliseconds of real time. */
export type Faults = {
  readonly latencyMs: number
  readonly lostRequests: number
  readonly lostAnswers: number
  readonly pauses: number
  readonly jumps: number
}
export const NO_FAULTS: Faults = { latencyMs: 20, lostRequests: 0, lostAnswers: 0, pauses: 0, jumps: 0 }

/** A small generator with a seed, so that a failed run can be repeated. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Simulated time: runs events in order, and lets promises settle after each. */
export class Time {
  nowMs = 0
  #events: { readonly atMs: number; readonly run: () => void }[] = []
  after(ms: number, run: () => void): void {
    const atMs = this.nowMs + Math.max(0, ms)
    const later = this.#events.findIndex((event) => event.atMs > atMs)
    this.#events.splice(later === -1 ? this.#events.length : later, 0, { atMs, run })
  }
  async until(endMs: number, check: () => void = () => undefined): Promise<void> {
    for (let next = this.#events[0]; next !== undefined && next.atMs <= endMs; next = this.#events[0]) {
      this.#events.shift()
      this.nowMs = next.atMs
      next.run()
      await new Promise((resolve) => setImmediate(resolve))
      check()
    }
    this.nowMs = endMs
  }
}

/** A Lease as kube-apiserver keeps it: a replacement needs the current resourceVersion. */
export class LeaseServer {
  lease: Lease | undefined = { metadata: { resourceVersion: '1' } }
  answer({ method, body }: KubeCall): object {
    if (this.lease === undefined) throw new StatusError('NotFound', 'no such Lease')
    if (method === 'GET') return structuredClone(this.lease)
    const next = structuredClone(body) as Lease
    if (next.metadata.resourceVersion !== this.lease.metadata.resourceVersion) throw new StatusError('Conflict', 'it has changed')
    this.lease = { ...next, metadata: { resourceVersion: String(Number(next.metadata.resourceVersion) + 1) } }
    return structuredClone(this.lease)
  }
}

export type Candidate = {
  readonly election: LeaderElection
  readonly errors: unknown[]
  readonly changes: boolean[]
  /** Whether it would write now. A process that is paused writes nothing. */
  acts(): boolean
}

/** A process with clocks of its own, which takes part in the election. `rate`: how fast its clocks run. */
export function candidate(options: {
  readonly time: Time
  readonly server: LeaseServer
  readonly name: string
  readonly rate?: number
  readonly faults?: Faults
  readonly chance?: () => number
  readonly timing?: ElectionTiming
}): Candidate {
  const { time, server, name, rate = 1, faults = NO_FAULTS, chance = () => 0.5 } = options
  let pausedUntilMs = 0
  let suspendedMs = 0
  let jumpedMs = 0
  const errors: unknown[] = []
  const changes: boolean[] = []

  /** Runs in this process: after its pause, if it is paused then. */
  const here = (ms: number, run: () => void): void =>
    time.after(ms, () => (time.nowMs < pausedUntilMs ? here(pausedUntilMs - time.nowMs, run) : run()))
  const call = (request: KubeCall): Promise<object> =>
    new Promise((resolve, reject) => {
      const [there, back] = [chance() * faults.latencyMs, chance() * faults.latencyMs]
      if (chance() >= faults.lostRequests)
        time.after(there, () => {
          // Without an answer the caller gives up, while the write may have happened.
          const answered = chance() >= faults.lostAnswers
          try {
            const answer = server.answer(request)
            if (answered) here(back, () => resolve(answer))
          } catch (error) {
            if (answered) here(back, () => reject(error))
          }
        })
      here(CALL_LIMIT_MS / rate, () => reject(new StatusError('BadGateway', 'no answer in time')))
    })
  const election = createLeaderElection({
    client: { json: call } as unknown as KubeClient,
    lease: LEASE,
    identity: name,
    clock: { nowMs: () => 1_700_000_000_000 + time.nowMs * rate + jumpedMs },
    monotonic: { nowMs: () => (time.nowMs - suspendedMs) * rate },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve())
        here(ms / rate, resolve)
      }),
    onChange: (leads) => changes.push(leads),
    onError: (error) => errors.push(error),
    ...(options.timing === undefined ? {} : { timing: options.timing }),
  })
  const trouble = (): void => {
    if (chance() < faults.pauses) {
      const ms = chance() * 40_000
      pausedUntilMs = time.nowMs + ms
      // Half of the pauses are suspensions of the machine, in which its monotonic clock stands still. Together with a jump backwards of the
      // time of day, a suspension is beyond what the election detects.
      if (faults.jumps === 0 && chance() < 0.5) time.after(ms, () => (suspendedMs += ms))
    }
    if (chance() < faults.jumps) jumpedMs += (chance() - 0.5) * 7_200_000
    time.after(1_000, trouble)
  }
  if (faults.pauses > 0 || faults.jumps > 0) trouble()
  return { election, errors, changes, acts: () => time.nowMs >= pausedUntilMs && election.leadsForMs() > 0 }
}
