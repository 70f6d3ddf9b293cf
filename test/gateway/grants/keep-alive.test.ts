import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { Permit } from '../../../domain/permit.ts'
import { createLivePermits } from '../../../gateway/decide/stream-revocation.ts'
import { keepAlive } from '../../../gateway/grants/keep-alive.ts'
import { asked, grant, SILENT } from '../../domain/builders.ts'

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-24T12:00:00Z') }))
afterEach(() => void vi.useRealTimers())

const iso = (ms: number): string => new Date(ms).toISOString()
const permitOf = (idleSeconds: number | undefined): Permit =>
  Permit.seal(
    asked('POST /api/v1/namespaces/shop/pods/web/exec'),
    { effect: 'RequireGrant', policy: 'agents', rule: 'default', risk: 'High', shadow: false },
    { name: 'g1', policy: 'agents', requestName: 'r1', expiresAtMs: Infinity, counted: false, bound: false, idleSeconds },
  )

function renewals(idleSeconds: number | undefined, answer: () => Promise<boolean> = () => Promise.resolve(true)) {
  const claims: unknown[] = []
  const claim = (...call: readonly unknown[]): Promise<boolean> => (claims.push(call), answer())
  return { claims, stop: keepAlive({ permit: permitOf(idleSeconds), revealed: undefined, auditID: 'a' }, { claim }) }
}

it('a running response renews its grant four times in the idle time, until it ends', () => {
  const { claims, stop } = renewals(60)
  vi.advanceTimersByTime(60_000)
  expect(claims).toEqual(Array.from({ length: 4 }, () => ['g1', 'a', { renews: true }]))
  stop()
  vi.advanceTimersByTime(600_000)
  expect(claims).toHaveLength(4)
})

it('a failed renewal is not an error of the response, and the next is tried', async () => {
  const { claims } = renewals(60, () => Promise.reject(new Error('away')))
  await vi.advanceTimersByTimeAsync(30_000)
  expect(claims).toHaveLength(2)
})

it('a grant without an idle time is never renewed', () => {
  const { claims } = renewals(undefined)
  vi.advanceTimersByTime(3_600_000)
  expect(claims).toEqual([])
})

it('a stream ends within a second after its grant became idle, and not while the grant is renewed', () => {
  const start = Date.now()
  let known: AccessGrant = grant({ notBefore: iso(start), expiresAt: iso(start + 3_600_000), idleSeconds: 60 })
  const live = createLivePermits(
    { grants: { get: () => known, subscribe: SILENT.subscribe }, policies: SILENT, suspensions: SILENT, view: { outdatedForMs: () => 0 } },
    { nowMs: () => Date.now() },
  )
  const { signal } = live.watch({ grants: ['g1'], grantsExpireAtMs: start + 3_600_000, tokenExpiresAtMs: Infinity, allowed: () => true })
  vi.advanceTimersByTime(50_000)
  known = { ...known, status: { lastUsed: iso(Date.now()) } }
  vi.advanceTimersByTime(59_000)
  expect(signal.aborted).toBe(false)
  vi.advanceTimersByTime(2000)
  expect([signal.aborted, signal.reason]).toEqual([true, 'expired'])
})
