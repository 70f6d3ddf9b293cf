import { setMaxListeners } from 'node:events'
import { grantPhase, type AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Change, Informer } from '../../kube/informer.ts'
import type { AccessView } from '../grants/access-view.ts'
import type { Ending } from '../steps.ts'

export type LivePermit = { readonly signal: AbortSignal; readonly release: () => void }

/** Ends answers when what they rest on ends. */
export type LivePermits = {
  watch(on: LiveOn): LivePermit
  /** Ends all of them. */
  shutdown(): void
  readonly count: number
}

/** Of what nothing ends but itself. */
export const NO_ENDING = new AbortController().signal
setMaxListeners(0, NO_ENDING)

/** setTimeout takes no more than 2^31 - 1 ms. */
const MAX_TIMER_MS = 24 * 3600 * 1000
/** Nothing tells that a copy has become too old to be believed, so it is looked at. */
const LOOK_MS = 500
/** A grant that was read afresh is ahead of the copy, for a moment. One that a copy that is current still lacks then is gone. */
const UNKNOWN_GRANT_MS = 10_000

/** What an answer rests on. */
export type LiveOn = {
  readonly grants: readonly string[]
  /** When the first of the grants expires. */
  readonly grantsExpireAtMs: number
  readonly tokenExpiresAtMs: number
  /** Whether the policies, which have changed, would still let it begin. */
  readonly allowed: () => boolean
}

type Entry = Pick<LiveOn, 'grants' | 'allowed'> & { readonly sinceMs: number; readonly end: (ending: Ending) => void }

/** A grant that ran out of uses goes on for the streams that it let in: they took theirs. */
function hasEnded(grant: AccessGrant, nowMs: number): Ending | undefined {
  if (grant.metadata.deletionTimestamp !== undefined) return 'revoked'
  const phase = grantPhase(grant, nowMs)
  return phase === 'Revoked' ? 'revoked' : phase === 'Expired' ? 'expired' : undefined
}

/** The gateway itself writes the status of policies, which says nothing of who may do what. */
const saysOther = ({ type, object, old }: Change<AccessPolicy>): boolean =>
  type === 'DELETED' || old === undefined || JSON.stringify(old.spec) !== JSON.stringify(object.spec)

export function createLivePermits(
  {
    grants,
    policies,
    view,
  }: {
    readonly grants: Pick<Informer<AccessGrant>, 'get' | 'subscribe'>
    readonly policies: Pick<Informer<AccessPolicy>, 'subscribe'>
    /** What requests are decided by. When none can be decided any more, nothing that was goes on. */
    readonly view: Pick<AccessView, 'outdatedForMs'>
  },
  clock: Clock,
): LivePermits {
  const entries = new Set<Entry>()
  const isLost = ({ grants: names, sinceMs }: Entry): boolean =>
    performance.now() - sinceMs >= UNKNOWN_GRANT_MS && names.some((name) => grants.get(name) === undefined)
  // What is no number is no age either.
  const isBlind = (): boolean => !(view.outdatedForMs() < Infinity)
  const look = (): void => {
    if (isBlind()) for (const entry of entries) entry.end('outdated')
    else if (view.outdatedForMs() === 0) for (const entry of entries) if (isLost(entry)) entry.end('revoked')
  }
  setInterval(look, LOOK_MS).unref()
  grants.subscribe(({ type, object }) => {
    const ending = type === 'DELETED' ? 'revoked' : hasEnded(object, clock.nowMs())
    if (ending === undefined) return
    for (const entry of entries) if (entry.grants.includes(object.metadata.name)) entry.end(ending)
  })
  policies.subscribe((change) => {
    if (saysOther(change)) for (const entry of entries) if (!entry.allowed()) entry.end('revoked')
  })

  return {
    watch: ({ grants: names, grantsExpireAtMs, tokenExpiresAtMs, allowed }) => {
      const controller = new AbortController()
      let timer: NodeJS.Timeout | undefined
      const release = (): void => {
        clearTimeout(timer)
        entries.delete(entry)
      }
      const entry: Entry = {
        grants: names,
        allowed,
        sinceMs: performance.now(),
        end: (ending) => {
          release()
          controller.abort(ending)
        },
      }
      const expiresAtMs = Math.min(grantsExpireAtMs, tokenExpiresAtMs)
      // By a clock that nobody puts back as well: what was to end in an hour ends in an hour.
      const endsMs = performance.now() + (expiresAtMs - clock.nowMs())
      const arm = (): void => {
        const left = Math.min(expiresAtMs - clock.nowMs(), endsMs - performance.now())
        // A time that cannot be read has passed.
        if (!(left > 0)) return entry.end(tokenExpiresAtMs <= grantsExpireAtMs ? 'tokenExpired' : 'expired')
        timer = setTimeout(arm, Math.min(left, MAX_TIMER_MS))
      }
      entries.add(entry)
      arm()
      // Since it was judged the copies may have become too old, the grant may have been revoked, and the policies may have changed.
      if (isBlind()) entry.end('outdated')
      if (!allowed()) entry.end('revoked')
      for (const name of names) {
        const grant = grants.get(name)
        const ending = grant === undefined ? undefined : hasEnded(grant, clock.nowMs())
        if (ending !== undefined) entry.end(ending)
      }
      return { signal: controller.signal, release }
    },
    shutdown: () => {
      for (const entry of entries) entry.end('shutdown')
    },
    get count() {
      return entries.size
    },
  }
}
