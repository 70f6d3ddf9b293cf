import fc from 'fast-check'
import { expect, it } from 'vitest'
import { believedAgeMs } from '../../kube/last-known.ts'

const LIMITS = { currentMs: 10_000, lastKnownMs: 600_000 }
const copies = fc.record({
  synced: fc.boolean(),
  away: fc.boolean(),
  age: fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.constantFrom(0, 10_000, 10_001, 600_000, 600_001, Infinity, Number.NaN)),
})

it('trusts a copy while it is current, and longer only while the API is away', () =>
  fc.assert(
    fc.property(copies, ({ synced, away, age }) => {
      const believed = believedAgeMs({ synced: () => synced, away: () => away, staleForMs: () => age }, LIMITS)
      const current = age <= 10_000
      expect(believed).toBe(synced && (current || (away && age <= 600_000)) ? (current ? 0 : age) : undefined)
    }),
  ))
