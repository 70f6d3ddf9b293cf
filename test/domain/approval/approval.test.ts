import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { progressOf, requiredApprovals, wouldCount, type Approver } from '../../../domain/approval/approval.ts'
import { matching } from '../../../domain/approval/matching.ts'
import type { AccessPolicySpec } from '../../../domain/api/access-policy.ts'
import { RISKS } from '../../../domain/api/approvals/risk.ts'
import { policy } from '../builders.ts'

type Approvals = NonNullable<AccessPolicySpec['approvals']>
const group = (name: string, required = 1) => ({ name, subjects: [{ kind: 'Group', name }] as const, required })
const who = (username: string, ...groups: readonly string[]): Approver => ({ username, groups })
const under = (approvals: Approvals, name = 'p') => policy(name, { approvals })
const security = group('security')
const owners = group('owners')

/** All ways to give each person one of its groups or none: the slow reference. */
function mostSeats(of: readonly (readonly number[])[], places: readonly number[]): number {
  const [first, ...rest] = of
  if (first === undefined) return 0
  const without = mostSeats(rest, places)
  const seated = first.filter((each) => (places[each] ?? 0) > 0).map((each) => 1 + mostSeats(rest, places.with(each, (places[each] ?? 0) - 1)))
  return Math.max(without, ...seated)
}
const NAMES = ['a', 'b', 'c', 'd'] as const
const people = fc.array(fc.subarray([...NAMES]), { maxLength: 6 }).map((groups) => groups.map((each, index) => who(`user-${index}`, ...each)))
const groups = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 })
const open = ({ missing }: ReturnType<typeof progressOf>): number =>
  missing.filter((each) => each.groups !== undefined).reduce((sum, { count }) => sum + count, 0)

it('an assignment seats as many as the best of all assignments, and nobody twice', () => {
  fc.assert(
    fc.property(
      fc.array(fc.subarray([0, 1, 2, 3]), { maxLength: 6 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
      (of, places) => {
        const { filledBy, open: left } = matching({ of, places })
        const seated = filledBy.flat()
        expect(new Set(seated).size).toBe(seated.length)
        for (const [at, persons] of filledBy.entries()) for (const person of persons) expect(of[person]).toContain(at)
        for (const [at, persons] of filledBy.entries()) expect(persons.length + (left[at] ?? 0)).toBe(places[at])
        expect(seated).toHaveLength(mostSeats(of, places))
      },
    ),
  )
})

it('an approval counts exactly if it fills a place, or if more users are needed than the groups miss', () => {
  fc.assert(
    fc.property(people, groups, fc.integer({ min: 1, max: 10 }), fc.subarray([...NAMES]), (approvers, places, required, ofNew) => {
      const named = places.map((count, index) => group(NAMES[index] ?? '', count))
      const policies = [under({ groups: named, required })]
      const of = (some: readonly Approver[]) =>
        some.map(({ groups: theirs = [] }) => [...named.keys()].filter((at) => theirs.includes(NAMES[at] ?? '')))
      const more = who('new', ...ofNew)
      const before = progressOf(policies, 'Low', approvers)
      const needed = Math.max(
        required,
        places.reduce((sum, each) => sum + each, 0),
      )
      const missing = places.reduce((sum, each) => sum + each, 0) - mostSeats(of(approvers), places)
      expect(open(before)).toBe(missing)
      const fills = mostSeats(of([...approvers, more]), places) > mostSeats(of(approvers), places)
      expect(wouldCount(before.missing, more)).toBe(fills || needed - approvers.length > missing)
      expect(before.missing.length === 0).toBe(missing === 0 && approvers.length >= needed)
    }),
  )
})

it('the order of the approvers changes nothing about how much is missing', () => {
  fc.assert(
    fc.property(people, groups, (approvers, places) => {
      const policies = [under({ groups: places.map((count, index) => group(NAMES[index] ?? '', count)) })]
      expect(open(progressOf(policies, 'Low', approvers.toReversed()))).toBe(open(progressOf(policies, 'Low', approvers)))
    }),
  )
})

it('a policy more never needs less', () => {
  const approvals = fc.record<Approvals>(
    {
      required: fc.integer({ min: 1, max: 10 }),
      requiredByRisk: fc.record({ Low: fc.nat(9).map((n) => n + 1), High: fc.nat(9).map((n) => n + 1) }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(approvals, { maxLength: 9 }), approvals, fc.constantFrom(...RISKS), people, (some, more, risk, approvers) => {
      const few = some.map((each, index) => under(each, `p${index}`))
      const all = [...few, under(more, 'q')]
      expect(requiredApprovals(all, risk)).toBeGreaterThanOrEqual(requiredApprovals(few, risk))
      if (progressOf(all, risk, approvers).missing.length === 0 && few.length > 0) expect(progressOf(few, risk, approvers).missing).toEqual([])
    }),
  )
})

describe('the number of approvals', () => {
  const byRisk = under({ required: 1, requiredByRisk: { High: 2 } })
  it('a risk needs at least what the lower risks need', () => {
    expect(RISKS.map((risk) => requiredApprovals([byRisk], risk))).toEqual([1, 1, 2, 2])
    expect(requiredApprovals([under({ required: 3, requiredByRisk: { High: 2 } })], 'High')).toBe(3)
  })
  it('the groups together need at least the sum of what each needs', () => {
    expect(requiredApprovals([under({ groups: [group('security', 2), owners] })], 'Low')).toBe(3)
    expect(requiredApprovals([byRisk, under({ groups: [group('security', 2), owners] }, 'q')], 'Critical')).toBe(3)
  })
})

describe('one of security and one of the owners', () => {
  const policies = [under({ groups: [security, owners] })]
  it('a user of both counts for one of them, whichever another user cannot fill', () => {
    const both = who('both', 'security', 'owners')
    expect(progressOf(policies, 'Low', [both]).missing).toMatchObject([{ count: 1, groups: ['security', 'owners'] }])
    for (const second of [who('s', 'security'), who('o', 'owners')]) expect(progressOf(policies, 'Low', [both, second]).missing).toEqual([])
  })
  it('a second user of the same group does not count', () => {
    const { missing } = progressOf(policies, 'Low', [who('s', 'security')])
    expect(missing).toMatchObject([{ count: 1, policy: 'p', groups: ['owners'], subjects: [{ name: 'owners' }] }])
    expect([who('t', 'security'), who('u'), who('o', 'owners')].map((each) => wouldCount(missing, each))).toEqual([false, false, true])
  })
  it('a user with two spellings counts once', () => {
    const { given, missing } = progressOf(policies, 'Low', [who('oidc:ann', 'security'), who('OIDC:Ann', 'owners')])
    expect([given, missing.length]).toEqual([1, 1])
  })
  it('the same users may count for the groups of several policies', () => {
    const others = under({ groups: [group('owners'), group('security')] }, 'q')
    expect(progressOf([...policies, others], 'Low', [who('s', 'security'), who('o', 'owners')]).missing).toEqual([])
  })
  it('names are compared as RBAC compares them', () => {
    const named = [under({ groups: [{ name: 'owners', subjects: [{ kind: 'User', name: 'Ann' }] }] })]
    expect(progressOf(named, 'Low', [who('ann')]).missing).toHaveLength(1)
    expect(progressOf(named, 'Low', [who('Ann')]).missing).toEqual([])
  })
})
