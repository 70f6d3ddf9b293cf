import type { Clock } from '../../domain/clock.ts'
import type { KubeClient } from '../client.ts'
import { microTime, readLease, writeLease, type LeaseName, type LeaseSpec } from './lease.ts'

/** Durations in milliseconds, as client-go's leaderelection has them: `retryMs` < `renewDeadlineMs` < `leaseMs`. */
export type ElectionTiming = { readonly leaseMs: number; readonly renewDeadlineMs: number; readonly retryMs: number }
export const ELECTION_TIMING: ElectionTiming = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 }
/** Longest duration of a holder that is respected. A Lease that somebody writes with a longer one does not stop the election for longer. */
const MAX_LEASE_MS = 60_000

export type LeaderElection = {
  start(): void
  /** Ends the leadership, and releases the Lease so that another candidate can lead immediately. Never throws. */
  stop(): Promise<void>
  /** How long this process may still act without another renewal, in milliseconds. 0 while it is not the leader. */
  leadsForMs(): number
}

export type ElectionOptions = {
  readonly client: KubeClient
  readonly lease: LeaseName
  /** Unique for each process, also after a restart. */
  readonly identity: string
  /** Time of day. It may jump in either direction. */
  readonly clock: Clock
  /** Never jumps, but may stand still while the machine is suspended. */
  readonly monotonic: Clock
  /** Resolves after this time, or when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly timing?: ElectionTiming
  /** Called when the leadership begins and ends. An end by a missed deadline is reported late: decide by `leadsForMs`. */
  readonly onChange: (leads: boolean) => void
  readonly onError: (error: unknown) => void
}

type Moment = { readonly monotonicMs: number; readonly wallMs: number }

/**
 * Elects one leader among processes that share a Lease. A process leads from a successful write of the Lease, for `renewDeadlineMs` from the
 * moment before it sent the write. Another one takes the Lease only after it has seen it unchanged for `leaseMs` by its own clock. So two
 * never lead at once, as long as no clock runs faster than another one by more than `leaseMs` / `renewDeadlineMs`, that is by half. Times in
 * the Lease are never compared with a clock: they inform people.
 *
 * A call that the leader sent before its deadline may still arrive after another one leads. What a leader writes must therefore be safe
 * to write late, for example by a resourceVersion.
 */
export function createLeaderElection(options: ElectionOptions): LeaderElection {
  const { client, lease, identity, clock, monotonic, sleep, onError, timing = ELECTION_TIMING } = options
  const stopping = new AbortController()
  /** The moment before the last successful write was sent. Undefined while another process holds the Lease, or none does. */
  let renewed: Moment | undefined
  let seen: { readonly spec: string; readonly atMs: number } | undefined
  let reported = false
  let running: Promise<void> = Promise.resolve()

  const now = (): Moment => ({ monotonicMs: monotonic.nowMs(), wallMs: clock.nowMs() })
  const leadsForMs = (): number => {
    if (renewed === undefined) return 0
    // The larger of the two: after a suspension only the time of day has advanced, and after a jump backwards only the other clock has. Both at
    // once are not detected.
    const elapsedMs = Math.max(monotonic.nowMs() - renewed.monotonicMs, clock.nowMs() - renewed.wallMs)
    return Math.max(0, timing.renewDeadlineMs - elapsedMs)
  }
  const report = (): void => {
    const leads = leadsForMs() > 0
    if (leads === reported) return
    reported = leads
    options.onChange(leads)
  }

  /** Whether another holder may still act. Unknown durations count as ours. */
  const isHeldByOther = ({ holderIdentity = '', leaseDurationSeconds = 0 }: LeaseSpec, seenMs: number): boolean => {
    if (holderIdentity === '' || holderIdentity === identity) return false
    const durationMs = Math.min(Math.max(leaseDurationSeconds * 1000, timing.leaseMs), MAX_LEASE_MS)
    return monotonic.nowMs() - seenMs < durationMs
  }
  const claimed = (spec: LeaseSpec, atMs: number): LeaseSpec => {
    const kept = spec.holderIdentity === identity
    return {
      ...spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(timing.leaseMs / 1000),
      renewTime: microTime(atMs),
      ...(kept ? {} : { acquireTime: microTime(atMs), leaseTransitions: (spec.leaseTransitions ?? 0) + 1 }),
    }
  }

  const round = async (): Promise<void> => {
    const found = await readLease(client, lease)
    const spec = found.spec ?? {}
    const text = JSON.stringify(spec)
    if (seen?.spec !== text) seen = { spec: text, atMs: monotonic.nowMs() }
    if (isHeldByOther(spec, seen.atMs)) return void (renewed = undefined)
    if (stopping.signal.aborted) return
    const sent = now()
    await writeLease(client, lease, { ...found, spec: claimed(spec, sent.wallMs) })
    renewed = sent
  }
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await round().catch(onError)
      if (stopping.signal.aborted) return
      report()
      await sleep(timing.retryMs, stopping.signal)
    }
  }
  const release = async (): Promise<void> => {
    const found = await readLease(client, lease)
    if (found.spec?.holderIdentity !== identity) return
    await writeLease(client, lease, { ...found, spec: { ...found.spec, holderIdentity: '', leaseDurationSeconds: 1 } })
  }

  return {
    start: () => void (running = run()),
    stop: async () => {
      stopping.abort()
      await running
      const led = renewed !== undefined
      renewed = undefined
      report()
      if (led) await release().catch(onError)
    },
    leadsForMs: () => (stopping.signal.aborted ? 0 : leadsForMs()),
  }
}
