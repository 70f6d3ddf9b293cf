import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endsIdle, expiryMsOf, grantEndMs, grantPhase, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { extendedExpiryMs, extensionFault, outgrownLimits, type ExtensionLimits } from '../../../domain/grant/extension.ts'
import { isLive } from '../../../domain/grant/is-live.ts'
import { judge } from '../../../domain/grant/judge.ts'
import { revealedBy } from '../../../domain/grant/reveals.ts'
import { strictestLimits } from '../../../domain/policy/request-limits.ts'
import { AGENT, asked, grant, NOW, policy } from '../builders.ts'

const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString()
const extended = (base: AccessGrant, ...ends: readonly string[]): AccessGrant => ({
  ...base,
  status: { ...base.status, extensions: ends.map((expiresAt) => ({ requestName: 'more', time: at(0), expiresAt })) },
})

type Step = { readonly after: number; readonly does: 'extend' | 'use' | 'revoke'; readonly lasts: number }
type Fixture = {
  readonly lasts: number
  readonly most: number
  readonly total: number | undefined
  readonly idle: number | undefined
  readonly uses: number | undefined
  readonly steps: readonly Step[]
}

const fixture: fc.Arbitrary<Fixture> = fc.record({
  lasts: fc.integer({ min: 1, max: 100 }),
  most: fc.integer({ min: 1, max: 120 }),
  total: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
  idle: fc.option(fc.integer({ min: 60, max: 90 }), { nil: undefined }),
  uses: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  steps: fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 70 }),
      does: fc.constantFrom<Step['does']>('extend', 'extend', 'extend', 'use', 'use', 'revoke'),
      lasts: fc.integer({ min: 1, max: 200 }),
    }),
    { maxLength: 40 },
  ),
})

/** What the apiserver does with a grant at a time. */
function done(
  current: AccessGrant,
  { does, lasts }: Step,
  { nowMs, limits }: { readonly nowMs: number; readonly limits: ExtensionLimits },
): AccessGrant {
  const { status } = current
  if (does === 'revoke') return { ...current, status: { ...status, conditions: [{ type: 'Revoked', status: 'True' }] } }
  if (does === 'use')
    return isLive(current, { identity: AGENT, nowMs })
      ? { ...current, status: { ...status, uses: (status?.uses ?? 0) + 1, lastUsed: new Date(nowMs).toISOString() } }
      : current
  const end = extensionFault(current, nowMs) === undefined ? extendedExpiryMs(current, { nowMs, durationSeconds: lasts }, limits) : undefined
  if (end === undefined) return current
  const one = { requestName: 'more', time: new Date(nowMs).toISOString(), expiresAt: new Date(end).toISOString() }
  return { ...current, status: { ...status, extensions: [...(status?.extensions ?? []), one] } }
}

describe('an extended grant', () => {
  it('never lives longer than its last approval allowed, and never again after its end', () => {
    fc.assert(
      fc.property(fixture, ({ lasts, most, total, idle, uses, steps }) => {
        const limits = { maxDurationSeconds: most, maxTotalSeconds: total, maxUses: undefined, idleSeconds: undefined, maxUsesByClass: undefined }
        let current = grant({
          notBefore: at(0),
          expiresAt: at(lasts),
          ...(idle === undefined ? {} : { idleSeconds: idle }),
          ...(uses === undefined ? {} : { maxUses: uses }),
        })
        // The slow reference, in seconds: the end of every approval so far, and everything that ends a grant for good.
        const ends = [lasts]
        let [now, used, taken, isOver] = [0, 0, 0, false]
        for (const step of steps) {
          now += step.after
          isOver ||= now >= Math.max(...ends) || now >= used + (idle ?? Infinity) || taken >= (uses ?? Infinity)
          const nowMs = NOW + now * 1000
          expect(isLive(current, { identity: AGENT, nowMs })).toBe(!isOver)
          const next = done(current, step, { nowMs, limits })
          if (step.does === 'use' && !isOver) [used, taken] = [now, taken + 1]
          if (step.does === 'extend' && !isOver && ends.length <= 32) {
            const end = Math.min(now + step.lasts, now + most, total ?? Infinity)
            if (end > Math.max(...ends)) ends.push(end)
          }
          isOver ||= step.does === 'revoke'
          current = next
          expect(expiryMsOf(current)).toBe(NOW + Math.max(...ends) * 1000)
          expect(grantEndMs(current)).toBeLessThanOrEqual(expiryMsOf(current))
        }
      }),
      { numRuns: 500 },
    )
  })
  it('is judged by its new end everywhere', () => {
    const longer = extended(grant({ expiresAt: at(-60), reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] }), at(60))
    const live = { identity: AGENT, nowMs: NOW }
    const classified = asked('PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale')
    const decision = { effect: 'RequireGrant', policy: 'agents', rule: 'default', shadow: false, risk: 'Medium' } as const
    const verdict = judge({ classified, identity: AGENT, decision, grants: [longer], nowMs: NOW })
    expect(verdict).toMatchObject({ kind: 'allow', permit: { grant: { name: 'g1', expiresAtMs: NOW + 60_000 } } })
    expect(revealedBy([longer], asked('GET /api/v1/namespaces/shop/secrets/db'), live)?.expiresAtMs).toBe(NOW + 60_000)
    expect([grantPhase(longer, NOW), grantPhase(longer, NOW + 60_000)]).toEqual(['Active', 'Expired'])
  })
  it('is used before one that expires later', () => {
    const [sooner, longer] = [{ ...grant({ expiresAt: at(90) }), metadata: { name: 'sooner' } }, extended(grant({ expiresAt: at(30) }), at(120))]
    const decision = { effect: 'RequireGrant', policy: 'agents', rule: 'default', shadow: false, risk: 'Medium' } as const
    const verdict = judge({
      classified: asked('PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale'),
      identity: AGENT,
      decision,
      grants: [longer, sooner],
      nowMs: NOW,
    })
    expect(verdict).toMatchObject({ permit: { grant: { name: 'sooner' } } })
  })
  it('ends when its latest extension cannot be read', () => expect(grantPhase(extended(grant(), at(60), 'later'), NOW)).toBe('Expired'))
  it('still ends when it is idle', () => {
    const idle = extended(grant({ notBefore: at(0), idleSeconds: 60 }), at(3600))
    expect([endsIdle(idle), grantEndMs(idle)]).toEqual([true, NOW + 60_000])
  })
})

describe('what an extension must stay within', () => {
  const has = grant({ maxUses: 5, idleSeconds: 300, maxUsesByClass: { delete: 2 } })
  it.each<readonly [string, Parameters<typeof policy>[1], readonly string[]]>([
    ['nothing new', {}, []],
    ['the same', { requests: { maxUses: 5, idleSeconds: 300, maxUsesByClass: { delete: 2 } } }, []],
    ['more', { requests: { maxUses: 9, idleSeconds: 900, maxUsesByClass: { delete: 3 } } }, []],
    ['fewer uses', { requests: { maxUses: 4 } }, ['maxUses']],
    [
      'less idle time, and fewer of a class',
      { requests: { idleSeconds: 60, maxUsesByClass: { delete: 1 } } },
      ['idleSeconds', 'maxUsesByClass.delete'],
    ],
    ['a limit of another class', { requests: { maxUsesByClass: { connect: 9 } } }, ['maxUsesByClass.connect']],
  ])('%s', (_, spec, expected) => expect(outgrownLimits(has, strictestLimits([policy('a', spec), policy('b')]))).toEqual(expected))
  it('the whole time from the start also limits the first grant', () => {
    const { maxDurationSeconds, defaultDurationSeconds, maxTotalSeconds } = strictestLimits([
      policy('a', { requests: { maxTotalSeconds: 60 } }),
      policy('b', { requests: { maxTotalSeconds: 90 } }),
    ])
    expect([maxDurationSeconds, defaultDurationSeconds, maxTotalSeconds]).toEqual([60, 60, 60])
  })
  it('no end that cannot be computed', () => {
    const limits = strictestLimits([])
    expect(extendedExpiryMs(grant({ notBefore: 'soon' }), { nowMs: NOW, durationSeconds: 600 }, { ...limits, maxTotalSeconds: 60 })).toBeUndefined()
    expect(extendedExpiryMs(grant({ expiresAt: 'soon' }), { nowMs: NOW, durationSeconds: 600 }, limits)).toBeUndefined()
    expect(extendedExpiryMs(grant(), { nowMs: Number.NaN, durationSeconds: 600 }, limits)).toBeUndefined()
  })
})
