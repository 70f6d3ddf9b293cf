import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claim } from '../../../../apiserver/resources/decisions/claim.ts'
import { grantFor } from '../../../../apiserver/resources/decisions/grant-for.ts'
import { grantEndedMs } from '../../../../apiserver/retention.ts'
import { grantPhase, type AccessGrant } from '../../../../domain/api/access-grant.ts'
import { isLive } from '../../../../domain/grant/is-live.ts'
import { StatusError } from '../../../../domain/status-error.ts'
import { grant, policy } from '../../../domain/builders.ts'
import { requestOf } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString()
const AGENT = { username: 'mallory', uid: '', groups: [], extra: {} }

type Limits = {
  readonly start: number | undefined
  readonly approved: number
  readonly lasts: number
  readonly idle: number | undefined
  readonly uses: number | undefined
}
type Step = { readonly at: number; readonly does: 'use' | 'renew' | 'revoke'; readonly id: number }

/** The slow reference: everything that happened, looked through again for each question. */
function createReference({ start, approved, lasts, idle, uses }: Limits) {
  const happened: Step[] = []
  const from = Math.max(approved, start ?? approved)
  const taken = (): readonly Step[] =>
    happened.filter((step, index) => step.does === 'use' && happened.findIndex(({ id, does }) => id === step.id && does === 'use') === index)
  const inTime = (now: number): boolean => {
    const last = happened.findLast(({ does }) => does !== 'revoke')?.at ?? from
    return now >= from && now < from + lasts && now < last + (idle ?? Infinity) && !happened.some(({ does }) => does === 'revoke')
  }
  return {
    happened,
    live: (now: number): boolean => inTime(now) && taken().length < (uses ?? Infinity),
    renewable: ({ at: now, id }: Step): boolean => inTime(now) && taken().some((step) => step.id === id),
    usedBefore: (id: number): boolean => taken().some((step) => step.id === id),
  }
}

const limits: fc.Arbitrary<Limits> = fc.record({
  start: fc.option(fc.integer({ min: -300, max: 300 }), { nil: undefined }),
  approved: fc.integer({ min: 0, max: 300 }),
  lasts: fc.integer({ min: 1, max: 900 }),
  idle: fc.option(fc.integer({ min: 60, max: 300 }), { nil: undefined }),
  uses: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
})
/** Times are in no order: the clock jumps in both directions. */
const steps = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 1500 }),
    does: fc.constantFrom('use', 'use', 'use', 'renew', 'renew', 'revoke'),
    id: fc.integer({ min: 0, max: 6 }),
  }) as fc.Arbitrary<Step>,
  { maxLength: 30 },
)

function granted({ start, approved, lasts, idle, uses }: Limits): AccessGrant {
  const plain = requestOf('ask', { owner: 'mallory', policy: 'agents', namespaces: ['shop'] })
  const spec = {
    ...plain.spec,
    durationSeconds: lasts,
    ...(start === undefined ? {} : { notBefore: at(start) }),
    ...(uses === undefined ? {} : { maxUses: uses }),
  }
  const policies = [
    policy('agents', idle === undefined ? {} : { requests: { idleSeconds: idle } }),
    policy('lax', { requests: { idleSeconds: 604800 } }),
  ]
  const { idleSeconds: _, ...bare } = grantFor({ ...plain, spec }, undefined, {
    nowMs: START + approved * 1000,
    policies: idle === undefined ? [] : policies,
  }).spec
  return { ...grant(), spec: idle === undefined ? bare : { ...bare, idleSeconds: idle } }
}

function tried(current: AccessGrant, { at: now, does, id }: Step): AccessGrant | undefined {
  if (does === 'revoke') return { ...current, status: { ...current.status, conditions: [{ type: 'Revoked', status: 'True' }] } }
  try {
    return claim(current, { auditID: `id-${id}`, ...(does === 'renew' ? { renews: true } : {}) }, START + now * 1000)
  } catch (error) {
    if (error instanceof StatusError) return undefined
    throw error
  }
}

it('a grant is live only within what was approved, and apiserver, gateway and webhook agree', () => {
  fc.assert(
    fc.property(limits, steps, (limit, all) => {
      const reference = createReference(limit)
      let current = granted(limit)
      for (const step of all) {
        const now = START + step.at * 1000
        const live = reference.live(step.at)
        expect([grantPhase(current, now) === 'Active', isLive(current, { identity: AGENT, nowMs: now })]).toEqual([live, live])
        const repeats = step.does === 'use' && reference.usedBefore(step.id)
        const next = tried(current, step)
        if (repeats) {
          expect(next).toBe(current)
          continue
        }
        const accepted = step.does === 'revoke' || (step.does === 'use' ? live : reference.renewable(step))
        expect(next !== undefined).toBe(accepted)
        // A renewal that comes soon after another changes nothing.
        if (next !== undefined && next !== current) reference.happened.push(step)
        current = next ?? current
      }
    }),
    { numRuns: 500 },
  )
})

describe('an idle grant', () => {
  const idle = grant({ notBefore: at(0), expiresAt: at(3600), idleSeconds: 60 })
  it('ends after its idle time without a use, counted from its start', () => {
    expect([grantPhase(idle, START + 59_999), grantPhase(idle, START + 60_000)]).toEqual(['Active', 'Expired'])
    expect(grantEndedMs(idle, START + 100_000)).toBe(START + 60_000)
  })
  it('is kept by a use, and by a renewal of the request that took it, which is written seldom', () => {
    const used = claim(idle, { auditID: 'a' }, START + 50_000)
    expect(claim(used, { auditID: 'a', renews: true }, START + 57_000)).toBe(used)
    const renewed = claim(used, { auditID: 'a', renews: true }, START + 100_000)
    expect(renewed.status).toEqual({ ...used.status, lastUsed: at(100) })
    expect([grantPhase(used, START + 110_000), grantPhase(renewed, START + 110_000)]).toEqual(['Expired', 'Active'])
  })
  it('is not renewed by a request that took no use, or after its end', () => {
    const used = claim(idle, { auditID: 'a' }, START + 1000)
    expect(() => claim(used, { auditID: 'b', renews: true }, START + 2000)).toThrow(StatusError)
    expect(() => claim(used, { auditID: 'a', renews: true }, START + 61_000)).toThrow(StatusError)
  })
  it('whose last use cannot be read has ended', () => expect(grantPhase({ ...idle, status: { lastUsed: 'lately' } }, START)).toBe('Expired'))
  it('gets the shortest idle time of the policies', () => {
    const policies = [policy('a', { requests: { idleSeconds: 300 } }), policy('b', { requests: { idleSeconds: 120 } }), policy('c')]
    const made = grantFor(requestOf('ask', { owner: 'o', policy: 'a', namespaces: ['shop'] }), undefined, { nowMs: START, policies })
    expect(made.spec.idleSeconds).toBe(120)
  })
})
