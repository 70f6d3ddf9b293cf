import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AccessPolicySpec } from '../../../domain/api/access-policy.ts'
import { requiredApprovals } from '../../../domain/approval/approval.ts'
import { strictestLimits } from '../../../domain/policy/request-limits.ts'
import { policy } from '../builders.ts'

const seconds = fc.integer({ min: 1, max: 7200 })
const spec: fc.Arbitrary<Partial<AccessPolicySpec>> = fc.record(
  {
    requests: fc.record(
      {
        maxDurationSeconds: seconds,
        defaultDurationSeconds: seconds,
        maxUses: fc.integer({ min: 1, max: 9 }),
        pendingTTLSeconds: seconds,
        maxLeadSeconds: seconds,
        idleSeconds: seconds,
        maxPending: fc.integer({ min: 1, max: 500 }),
        perHour: fc.integer({ min: 1, max: 3600 }),
      },
      { requiredKeys: [] },
    ),
    approvals: fc.record({ required: fc.integer({ min: 1, max: 10 }) }, { requiredKeys: [] }),
    hold: fc.record({ timeoutSeconds: seconds }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
)
const policies = fc.array(
  spec.map((each) => policy('p', each)),
  { minLength: 1, maxLength: 4 },
)

it('another policy never loosens a limit, in any order', () => {
  fc.assert(
    fc.property(policies, spec, (some, more) => {
      const [before, after] = [strictestLimits(some), strictestLimits([policy('q', more), ...some])]
      expect(strictestLimits([...some, policy('q', more)])).toEqual(after)
      const times = ['maxDurationSeconds', 'defaultDurationSeconds', 'pendingTTLSeconds', 'maxLeadSeconds', 'idleSeconds', 'holdSeconds'] as const
      for (const field of [...times, 'maxUses', 'maxPending', 'perHour'] as const)
        expect(after[field] ?? Infinity).toBeLessThanOrEqual(before[field] ?? Infinity)
      expect(requiredApprovals([...some, policy('q', more)], 'Low')).toBeGreaterThanOrEqual(requiredApprovals(some, 'Low'))
      expect(after.defaultDurationSeconds).toBeLessThanOrEqual(after.maxDurationSeconds)
    }),
  )
})

it('an empty policy has the documented default limits', () => {
  const limits = { maxDurationSeconds: 3600, defaultDurationSeconds: 600, maxUses: undefined, pendingTTLSeconds: 3600, holdSeconds: undefined }
  expect(strictestLimits([policy('p')])).toEqual({ ...limits, maxLeadSeconds: 604800, maxPending: 30, perHour: 120 })
  expect(requiredApprovals([policy('p')], 'Critical')).toBe(1)
})
