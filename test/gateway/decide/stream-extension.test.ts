import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { createLivePermits } from '../../../gateway/decide/stream-revocation.ts'
import type { Change } from '../../../kube/informer.ts'
import { grant, SILENT } from '../../domain/builders.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const HOUR = 3600
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString()
const msOf = (seconds: number): number => START + seconds * 1000

const named = (name: string, expires: number, extendedTo?: number): AccessGrant => ({
  ...grant({ notBefore: at(0), expiresAt: at(expires) }),
  metadata: { name },
  ...(extendedTo === undefined ? {} : { status: { extensions: [{ requestName: 'more', time: at(0), expiresAt: at(extendedTo) }] } }),
})

/** The gateway's cache of grants, which tells of each change after it holds it. */
function setup() {
  const cache = new Map<string, AccessGrant>()
  const listeners: ((change: Change<AccessGrant>) => void)[] = []
  const permits = createLivePermits(
    {
      grants: { get: (name) => cache.get(name), subscribe: (listener) => (listeners.push(listener), () => undefined) },
      policies: SILENT,
      suspensions: SILENT,
      view: { outdatedForMs: () => 0 },
    },
    { nowMs: () => Date.now() },
  )
  const store = (object: AccessGrant): void => {
    cache.set(object.metadata.name, object)
    for (const listener of listeners) listener({ type: 'MODIFIED', object })
  }
  const watch = (grants: readonly string[], expires: number, token = 10 * HOUR): AbortSignal =>
    permits.watch({ grants, grantsExpireAtMs: msOf(expires), tokenExpiresAtMs: msOf(token), allowed: () => true }).signal
  return { cache, permits, store, watch }
}

/** Moves to a time, counted from the start. */
const until = (seconds: number): void => void vi.advanceTimersByTime(msOf(seconds) - Date.now())

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearTimeout', 'clearInterval', 'Date', 'performance'] })
  vi.setSystemTime(START)
})
afterEach(() => void vi.useRealTimers())

it('a stream lives on past the old end of an extended grant, and ends at the new one', () => {
  const { store, watch, permits } = setup()
  store(named('a', 60))
  const signal = watch(['a'], 60)
  until(59)
  store(named('a', 60, 120))
  until(119)
  expect([signal.aborted, permits.count]).toEqual([false, 1])
  store(named('a', 60, 180))
  until(179)
  expect(signal.aborted).toBe(false)
  until(180)
  expect([signal.reason, permits.count]).toEqual(['expired', 0])
})

it('a stream of a grant that is not extended ends at its end, whatever else changes', () => {
  const { store, watch } = setup()
  store(named('a', 60))
  const signal = watch(['a'], 60)
  store(named('b', 60, 120))
  store({ ...named('a', 60), status: { uses: 3 } })
  until(60)
  expect(signal.reason).toBe('expired')
})

it('a stream that needs two grants ends with the first of them', () => {
  const { store, watch } = setup()
  store(named('a', 60))
  store(named('b', 90))
  const signal = watch(['a', 'b'], 60)
  store(named('a', 60, 600))
  until(89)
  expect(signal.aborted).toBe(false)
  until(90)
  expect(signal.reason).toBe('expired')
})

it('a cache that is older than the grant that was judged shortens nothing, and one that is newer counts at once', () => {
  const { store, watch } = setup()
  store(named('a', 60))
  const judged = watch(['a'], 120)
  store({ ...named('a', 60), status: { uses: 1 } })
  store(named('b', 60, 120))
  const raced = watch(['b'], 60)
  until(119)
  expect([judged.aborted, raced.aborted]).toEqual([false, false])
  until(120)
  expect([judged.reason, raced.reason]).toEqual(['expired', 'expired'])
})

it('an extension does not outlive the token, or a revocation', () => {
  const { store, watch } = setup()
  store(named('a', 60))
  const [byToken, revoked] = [watch(['a'], 60, 90), watch(['a'], 60)]
  store(named('a', 60, 600))
  until(90)
  expect([byToken.reason, revoked.aborted]).toEqual(['tokenExpired', false])
  const longer = named('a', 60, 900)
  store({ ...longer, status: { ...longer.status, conditions: [{ type: 'Revoked', status: 'True' }] } })
  expect(revoked.reason).toBe('revoked')
})

it('an extension that cannot be read ends the stream', () => {
  const { store, watch } = setup()
  store(named('a', 60))
  const signal = watch(['a'], 60)
  store({ ...named('a', 60), status: { extensions: [{ requestName: 'more', time: at(0), expiresAt: 'later' }] } })
  expect(signal.reason).toBe('expired')
})

it('setting the clock back does not make an extension longer', () => {
  const { store, watch } = setup()
  store(named('a', 60))
  const signal = watch(['a'], 60)
  vi.setSystemTime(START - 300_000)
  store(named('a', 60, 120))
  vi.advanceTimersByTime(119_000)
  expect(signal.aborted).toBe(false)
  vi.advanceTimersByTime(1000)
  expect(signal.reason).toBe('expired')
})
