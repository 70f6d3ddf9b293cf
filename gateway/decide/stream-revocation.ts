import { setMaxListeners } from 'node:events'
import { expiryMsOf, grantPhase, type AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { AccessSuspension } from '../../domain/api/access-suspension.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Change, Informer } from '../../kube/informer.ts'
import type { AccessView } from '../grants/access-view.ts'
import type { Ending } from '../steps.ts'

export type LivePermit = { readonly signal: AbortSignal; readonly release: () => void }

/** Ends responses when the grant, token or policies that permit them end. */
export type StreamRevocation = {
  watch(on: LiveOn): LivePermit
  /** Ends all watched responses. */
  shutdown(): void
  readonly count: number
}

/** Signal of responses that the gateway never ends. */
export const NO_ENDING = new AbortController().signal
setMaxListeners(0, NO_ENDING)

/** setTimeout takes at most 2^31 - 1 ms. */
const MAX_TIMER_MS = 24 * 3600 * 1000
/** Interval for checking whether the informer caches are too old. There is no event for that. */
const CHECK_INTERVAL_MS = 500
/** A grant that was read directly may not be in the informer cache yet. If a current cache still lacks it after this time, it was deleted. */
const UNKNOWN_GRANT_MS = 10_000

/** What a response depends on. */
export type LiveOn = {
  readonly grants: readonly string[]
  /** When the first of the grants expires. */
  readonly grantsExpireAtMs: number
  readonly tokenExpiresAtMs: number
  /** Whether the request would still be allowed after a change of policies or suspensions. */
  readonly allowed: () => boolean
}

type Entry = Pick<LiveOn, 'grants' | 'allowed'> & {
  readonly sinceMs: number
  readonly end: (ending: Ending) => void
  /** Lets the response run until its grants expire, if they were extended. */
  readonly extend: () => void
}

/** Returns how a grant ended. An exhausted grant has not ended for running streams, which have claimed their use. */
function endingOf(grant: AccessGrant, nowMs: number): Ending | undefined {
  if (grant.metadata.deletionTimestamp !== undefined) return 'revoked'
  const phase = grantPhase(grant, nowMs)
  return phase === 'Revoked' ? 'revoked' : phase === 'Expired' ? 'expired' : undefined
}

/** Whether a policy change affects permissions. The gateway itself writes policy status, which does not. */
const changesPermissions = ({ type, object, old }: Change<AccessPolicy>): boolean =>
  type === 'DELETED' || old === undefined || JSON.stringify(old.spec) !== JSON.stringify(object.spec)

export function createLivePermits(
  {
    grants,
    policies,
    suspensions,
    view,
  }: {
    readonly grants: Pick<Informer<AccessGrant>, 'get' | 'subscribe'>
    readonly policies: Pick<Informer<AccessPolicy>, 'subscribe'>
    readonly suspensions: Pick<Informer<AccessSuspension>, 'subscribe'>
    /** The view that decides requests. When it is too old to decide, running responses end too. */
    readonly view: Pick<AccessView, 'outdatedForMs'>
  },
  clock: Clock,
): StreamRevocation {
  const entries = new Set<Entry>()
  const isLost = ({ grants: names, sinceMs }: Entry): boolean =>
    performance.now() - sinceMs >= UNKNOWN_GRANT_MS && names.some((name) => grants.get(name) === undefined)
  /** Ends a response whose grant became idle: no event says so. Its other ends have events and timers. */
  const endIdle = (entry: Entry): void => {
    for (const name of entry.grants) {
      const grant = grants.get(name)
      if (grant?.spec.idleSeconds !== undefined && endingOf(grant, clock.nowMs()) === 'expired') entry.end('expired')
    }
  }
  /** When the first of the grants expires, if they were extended beyond a time. The cache may be older than the grants that were judged. */
  const laterOf = (thanMs: number, names: readonly string[]): number => {
    const known = names.map((name) => grants.get(name)).filter((grant) => grant !== undefined)
    // Only an extension makes a grant last longer than it did when it was judged.
    const isExtended = known.length === names.length && known.some(({ status }) => (status?.extensions ?? []).length > 0)
    const firstMs = Math.min(...known.map(expiryMsOf))
    // NaN is not later.
    return isExtended && firstMs > thanMs ? firstMs : thanMs
  }
  const outdatedForMs = (): number => {
    try {
      return view.outdatedForMs()
    } catch {
      // Nobody catches what a timer throws, and what cannot be checked must not continue.
      return Infinity
    }
  }
  // Written as a negation so that NaN counts as outdated.
  const isOutdated = (): boolean => !(outdatedForMs() < Infinity)
  const check = (): void => {
    for (const entry of entries) endIdle(entry)
    if (isOutdated()) for (const entry of entries) entry.end('outdated')
    else if (outdatedForMs() === 0) for (const entry of entries) if (isLost(entry)) entry.end('revoked')
  }
  /** Ends a response that the current policies no longer allow, or whose policies cannot be asked. */
  const recheck = (entry: Entry, ending: Ending): void => {
    try {
      if (!entry.allowed()) entry.end(ending)
    } catch {
      entry.end('outdated')
    }
  }
  setInterval(check, CHECK_INTERVAL_MS).unref()
  grants.subscribe(({ type, object }) => {
    const ending = type === 'DELETED' ? 'revoked' : endingOf(object, clock.nowMs())
    for (const entry of entries) {
      if (!entry.grants.includes(object.metadata.name)) continue
      if (ending === undefined) entry.extend()
      else entry.end(ending)
    }
  })
  policies.subscribe((change) => {
    if (changesPermissions(change)) for (const entry of entries) recheck(entry, 'revoked')
  })
  suspensions.subscribe(() => {
    for (const entry of entries) recheck(entry, 'suspended')
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
        extend: () => {
          const laterMs = laterOf(grantsEndMs, names)
          if (laterMs === grantsEndMs) return
          grantsEndMs = laterMs
          clearTimeout(timer)
          arm()
        },
      }
      let grantsEndMs = laterOf(grantsExpireAtMs, names)
      // Also measured on the monotonic clock, so setting the wall clock back cannot extend a grant.
      const aheadMs = performance.now() - clock.nowMs()
      const arm = (): void => {
        const endMs = Math.min(grantsEndMs, tokenExpiresAtMs)
        const left = Math.min(endMs - clock.nowMs(), endMs + aheadMs - performance.now())
        // Written as a negation so that an invalid time counts as expired.
        if (!(left > 0)) return entry.end(tokenExpiresAtMs <= grantsEndMs ? 'tokenExpired' : 'expired')
        timer = setTimeout(arm, Math.min(left, MAX_TIMER_MS))
      }
      entries.add(entry)
      arm()
      // Since the decision the caches may have become too old, the grant may have been revoked, or the policies may have changed.
      if (isOutdated()) entry.end('outdated')
      recheck(entry, 'revoked')
      for (const name of names) {
        const grant = grants.get(name)
        const ending = grant === undefined ? undefined : endingOf(grant, clock.nowMs())
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
